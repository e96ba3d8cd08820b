#!/usr/bin/env python3
"""The demonstration government website, on loopback: three columns and their articles.

Shows the first documents at once and one more every `--every` seconds. What is published is kept in
`--state`, so a second start shows what the first one ended with.
"""
import argparse
import hashlib
import html
import json
import os
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COLUMNS = {"policy": "政策文件", "interpretation": "政策解读", "notices": "通知公告"}
SITE = "示例省教育厅"


def page(title, labels, content):
    meta = "".join(f'<meta name="{n}" content="{html.escape(v)}">' for n, v in labels.items() if v)
    return (f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(title)}-{SITE}'
            f'</title><meta name="SiteName" content="{SITE}"><meta name="SiteDomain" content="127.0.0.1">'
            f'<meta name="SiteIDCode" content="3400000000">{meta}</head><body>{content}</body></html>')


def list_page(column, documents):
    rows = "".join(f'<li><a href="/{d["column"]}/{d["id"]}.html" title="{html.escape(d["title"])}">'
                   f'{html.escape(d["title"])}</a><span class="date">{d["date"][:10]}</span></li>'
                   for d in sorted(documents, key=lambda d: d["date"], reverse=True)
                   if d["column"] == column)
    return page(COLUMNS[column], {"ColumnName": COLUMNS[column], "ColumnType": COLUMNS[column]},
                f'<ul class="doc_list">{rows}</ul>')


def article_page(d):
    catalogue = "".join(f"<tr><th>{n}：</th><td>{html.escape(v)}</td></tr>"
                        for n, v in (("索引号", d["index_no"]), ("发文字号", d["doc_no"])) if v)
    text = "".join(f"<p>{html.escape(p)}</p>" for p in d["body"])
    return page(d["title"], {"ArticleTitle": d["title"], "PubDate": d["date"], "ContentSource": SITE,
                             "ColumnName": COLUMNS[d["column"]]},
                f'<table>{catalogue}</table><h1>{html.escape(d["title"])}</h1><div class="wzcon">{text}</div>')


class Site:
    def __init__(self, state):
        with open(Path(__file__).with_name("documents.toml"), "rb") as file:
            self.documents = tomllib.load(file)["document"]
        self.state = state
        self.published = json.loads(state.read_text()) if state.exists() else []
        for d in self.documents:
            if not d.get("later") and d["id"] not in self.published:
                self.published.append(d["id"])
        self.save()

    def save(self):
        part = self.state.with_suffix(".new")
        part.write_text(json.dumps(self.published))
        os.replace(part, self.state)

    def visible(self):
        return [d for d in self.documents if d["id"] in self.published]

    def publish_rest(self, every):
        for d in self.documents:
            if d["id"] not in self.published:
                time.sleep(every)
                self.published.append(d["id"])
                self.save()

    def answer(self, path):
        parts = path.strip("/").split("/")
        if parts[0] in COLUMNS and parts[1:] in ([], ["index.html"]):
            return list_page(parts[0], self.visible())
        for d in self.visible():
            if path == f'/{d["column"]}/{d["id"]}.html':
                return article_page(d)
        return None


def handler_for(site):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            text = site.answer(self.path.split("?")[0])
            body = (text or "<title>404</title>").encode()
            tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
            status = 404 if text is None else 304 if self.headers.get("If-None-Match") == tag else 200
            self.send_response(status)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", "0" if status == 304 else str(len(body)))
            self.end_headers()
            if status != 304:
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--state", type=Path, required=True)
    options.add_argument("--every", type=float, default=8)
    chosen = options.parse_args()
    site = Site(chosen.state)
    threading.Thread(target=site.publish_rest, args=(chosen.every,), daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", chosen.port), handler_for(site)).serve_forever()


if __name__ == "__main__":
    main()
