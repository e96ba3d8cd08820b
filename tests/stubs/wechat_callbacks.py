"""How the WeChat stand-in calls the account's server (contracts/wechat.md 6)."""

import asyncio
import base64
import hashlib
import secrets
import subprocess
import urllib.parse


class Callbacks:
    """For Wechat: its jobs, options and clock."""

    # --- callbacks (contract 6) ---

    def push_publish_event(self, publish_id):
        self.push("PUBLISHJOBFINISH", "<PublishEventInfo>"
                  f"<publish_id>{publish_id}</publish_id>"
                  f"<publish_status>{self.jobs[publish_id]['status']}</publish_status>"
                  "</PublishEventInfo>")

    def push_mass_event(self, msg_id):
        self.push("MASSSENDJOBFINISH", f"<MsgID>{msg_id}</MsgID>"
                  "<Status><![CDATA[send success]]></Status><TotalCount>100</TotalCount>")

    def push(self, event, more):
        if self.options["callback"]:
            self.later(self.send_callback(event, more))

    def signed(self, *parts):
        token = self.options["callback_token"]
        digest = hashlib.sha1("".join(sorted([token, *parts])).encode()).hexdigest()
        return digest if self.options["callback_as"] != "forged" else digest[::-1]

    def encrypted(self, text):
        """安全模式: padded to 32 bytes, AES-256-CBC by openssl."""
        appid = self.options["appid"] if self.options["callback_as"] != "other" else "wxother"
        plain = text.encode()
        plain = secrets.token_bytes(16) + len(plain).to_bytes(4, "big") + plain + appid.encode()
        pad = 32 - len(plain) % 32
        key = base64.b64decode(self.options["callback_key"] + "=")
        done = subprocess.run(["openssl", "enc", "-aes-256-cbc", "-nopad", "-K", key.hex(), "-iv",
                               key[:16].hex()], input=plain + bytes([pad]) * pad,
                              capture_output=True, check=True)
        return base64.b64encode(done.stdout).decode()

    async def send_callback(self, event, more):
        text = ("<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
                "<FromUserName><![CDATA[oFollower]]></FromUserName>"
                f"<CreateTime>{int(self.now())}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
                f"<Event><![CDATA[{event}]]></Event>{more}</xml>")
        stamp, nonce = str(int(self.now())), secrets.token_hex(5)
        query = {"signature": self.signed(stamp, nonce), "timestamp": stamp, "nonce": nonce,
                 "openid": "oFollower"}
        if self.options["callback_key"]:
            cipher = self.encrypted(text)
            query.update(encrypt_type="aes", msg_signature=self.signed(stamp, nonce, cipher))
            text = ("<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
                    f"<Encrypt><![CDATA[{cipher}]]></Encrypt></xml>")
        url = urllib.parse.urlsplit(self.options["callback"])
        for _ in range(3):  # an answer that does not come is asked for three times in all
            try:
                async with asyncio.timeout(5):
                    if await self.post(url, urllib.parse.urlencode(query), text.encode()) == 200:
                        return
            except (OSError, TimeoutError):
                pass

    async def post(self, url, query, body):
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        try:
            writer.write(f"POST {url.path}?{query} HTTP/1.1\r\nHost: {url.netloc}\r\n"
                         f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n"
                         "Connection: close\r\n\r\n".encode() + body)
            return int((await reader.readline()).split()[1])
        finally:
            writer.close()
