#!/usr/bin/env python3
"""A real WordPress for the system tests, private to one temporary folder.

    with WordpressSite() as site:
        post = site.publish("关于招生的通知", "<p>正文</p>")
        site.edit(post, title="关于做好招生的通知")
        site.trash(post)
        site.url            # http://127.0.0.1:PORT
        site.rest("/wp/v2/posts")

MariaDB listens on a socket in the folder only, PHP's built-in server on a loopback port. Needs
Debian's wordpress, php-cli, php-mysql and mariadb-server packages; none of their services runs.
As a script: starts a site, publishes a post, shows it over REST and as a feed, stops.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

WORDPRESS = pathlib.Path("/usr/share/wordpress")
DATABASE = "wordpress"

CONFIG = """<?php
define('DB_NAME', '%(database)s');
define('DB_USER', '%(user)s');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';
define('WP_HOME', '%(url)s');
define('WP_SITEURL', '%(url)s');
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
define('WP_DEBUG', false);
foreach (array('AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY',
               'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT') as $name) {
    define($name, 'test only ' . $name);
}
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""

# Files as they are, everything else by WordPress.
ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$file = __DIR__ . '/site' . $path;
if ($path !== '/' && is_file($file)) return false;
if (is_dir($file) && is_file($file . '/index.php') && $path !== '/') {
    require rtrim($file, '/') . '/index.php';
    return true;
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
chdir(__DIR__ . '/site');
require __DIR__ . '/site/index.php';
"""

# A theme in the shape of a government website: a column with titles and dates, articles with the
# prescribed labels.
THEME = {
    "style.css": "/*\nTheme Name: plain\n*/\n",
    "index.php": """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="UTF-8">
<meta name="SiteName" content="<?php bloginfo('name'); ?>"><meta name="ColumnName" content="通知公告">
<title>通知公告-<?php bloginfo('name'); ?></title></head><body><ul class="doc_list">
<?php while (have_posts()) { the_post(); ?>
<li><a href="<?php the_permalink(); ?>" title="<?php the_title_attribute(); ?>"><?php the_title(); ?></a>
<span class="date"><?php echo get_the_date('Y-m-d'); ?></span></li>
<?php } ?></ul></body></html>""",
    "single.php": """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="UTF-8">
<?php the_post(); ?><meta name="SiteName" content="<?php bloginfo('name'); ?>">
<meta name="ColumnName" content="通知公告">
<meta name="ArticleTitle" content="<?php the_title_attribute(); ?>">
<meta name="PubDate" content="<?php echo get_the_date('Y-m-d H:i'); ?>">
<meta name="ContentSource" content="<?php bloginfo('name'); ?>">
<title><?php the_title(); ?>-<?php bloginfo('name'); ?></title></head>
<body><h1><?php the_title(); ?></h1><div id="zoom"><?php the_content(); ?></div></body></html>""",
    "404.php": """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="UTF-8"><title>404</title></head>
<body>页面不存在</body></html>""",
}

# What the command-line scripts begin with: WordPress as its administrator.
PRELUDE = """<?php
define('WP_USE_THEMES', false);
$_SERVER['HTTP_HOST'] = '%(host)s';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';
$input = json_decode(stream_get_contents(STDIN), true);
%(define)s
require '%(folder)s/wp-load.php';
"""

INSTALL = """
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install($input['title'], 'admin', 'admin@example.gov.cn', true, '', 'not a secret', 'zh_CN');
foreach (get_posts(array('post_type' => array('post', 'page'), 'numberposts' => -1,
                         'post_status' => 'any')) as $post) wp_delete_post($post->ID, true);
switch_theme('plain');
update_option('timezone_string', 'Asia/Shanghai');
update_option('permalink_structure', $input['permalinks']);
$GLOBALS['wp_rewrite']->init();
flush_rewrite_rules(false);
echo json_encode(true);
"""

AS_ADMIN = "wp_set_current_user(1);\n"

# wp_slash(): WordPress expects slashed input everywhere.
SAVE = AS_ADMIN + """
$id = empty($input['ID']) ? wp_insert_post(wp_slash($input), true)
                          : wp_update_post(wp_slash($input), true);
if (is_wp_error($id)) { fwrite(STDERR, $id->get_error_message()); exit(1); }
echo json_encode(array('id' => $id, 'link' => get_permalink($id)));
"""
TRASH = AS_ADMIN + "echo json_encode((bool) wp_trash_post($input['id']));\n"
DELETE = AS_ADMIN + "echo json_encode((bool) wp_delete_post($input['id'], true));\n"
CATEGORY = AS_ADMIN + """
require_once ABSPATH . 'wp-admin/includes/taxonomy.php';
echo json_encode(wp_create_category($input['name']));
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def available():
    """What is missing to run a site here, as a list of words; empty when all is there."""
    missing = [name for name in ("mariadbd", "mariadb-install-db", "mariadb", "php")
               if find(name) is None]
    return missing + ([] if (WORDPRESS / "wp-load.php").exists() else ["wordpress"])


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


class WordpressSite:
    """Starts on construction; stop() (or the end of a with block) ends it and removes everything."""

    def __init__(self, title="安徽省教育厅", permalinks="/%postname%/", port=None):
        missing = available()
        if missing:
            raise RuntimeError("cannot run WordPress, missing: " + ", ".join(missing))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ld-wp-"))
        self.site = self.folder / "site"
        self.socket = self.folder / "db.sock"
        self.port = port or free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.processes = []
        try:
            self._start_database()
            self._lay_out()
            self._php(INSTALL, {"title": title, "permalinks": permalinks}, installing=True)
            self._start_server()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # --- what an editor does ---

    def publish(self, title, html, date=None, status="publish", categories=None, slug=None,
                password=None):
        """Returns {"id", "link"}. `date` is "2026-11-20 08:00:00" in Beijing time; a future one with
        status="future" makes a scheduled post, a past one a back-dated post."""
        fields = {"post_title": title, "post_content": html, "post_status": status,
                  "post_type": "post", "post_author": 1}
        if date:
            fields["post_date"] = date
        if categories:
            fields["post_category"] = categories
        if slug:
            fields["post_name"] = slug
        if password:
            fields["post_password"] = password
        return self._php(SAVE, fields)

    def edit(self, post, title=None, html=None, **fields):
        """`post` is what publish() returned, or an id; further fields as WordPress names them, for
        example post_status="draft"."""
        fields["ID"] = self._id(post)
        if title is not None:
            fields["post_title"] = title
        if html is not None:
            fields["post_content"] = html
        return self._php(SAVE, fields)

    def trash(self, post):
        return self._php(TRASH, {"id": self._id(post)})

    def delete(self, post):
        """For good, past the trash."""
        return self._php(DELETE, {"id": self._id(post)})

    def category(self, name):
        """The id of a category, made when it is new."""
        return self._php(CATEGORY, {"name": name})

    # --- what a visitor sees ---

    def get(self, path):
        """(status, body) of a page."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def rest(self, route):
        """(status, parsed JSON) of a REST route such as "/wp/v2/posts?per_page=5"."""
        status, body = self.get("/?rest_route=" + route.replace("?", "&"))
        return status, json.loads(body)

    # --- machinery ---

    def stop(self):
        """Ends exactly the processes started here, the newest first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _id(post):
        return post["id"] if isinstance(post, dict) else post

    def _spawn(self, name, command, **options):
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, **options)
        self.processes.append(process)
        return process

    def _wait(self, process, name, ready):
        deadline = time.monotonic() + 60
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / f"{name}.log").read_text(errors="replace")
                raise RuntimeError(f"{name} did not start:\n{log[-2000:]}")
            time.sleep(0.05)

    def _start_database(self):
        data = self.folder / "db"
        user = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run([find("mariadb-install-db"), "--no-defaults", f"--datadir={data}",
                        "--auth-root-authentication-method=normal", "--skip-test-db", *user],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        process = self._spawn("mariadbd", [
            find("mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={self.socket}",
            f"--pid-file={self.folder / 'db.pid'}", "--skip-networking", "--skip-log-bin",
            "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0",
            "--performance-schema=off", *user])

        def answers():
            return self.socket.exists() and self._sql("SELECT 1").returncode == 0
        self._wait(process, "mariadbd", answers)
        self._sql(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4").check_returncode()

    def _sql(self, statement):
        return subprocess.run([find("mariadb"), "--no-defaults", f"--socket={self.socket}",
                               "--user=root", "-e", statement],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _lay_out(self):
        """A copy of WordPress, so that ABSPATH is the private folder and the configuration ours: PHP
        resolves links before it looks for a file's neighbours."""
        self.site.mkdir()
        for entry in WORDPRESS.iterdir():
            if entry.name in ("wp-content", "wp-config.php"):
                continue
            if entry.is_dir():
                shutil.copytree(entry, self.site / entry.name, symlinks=False,
                                ignore_dangling_symlinks=True)
            else:
                shutil.copyfile(entry, self.site / entry.name)
        content = self.site / "wp-content"
        for name in ("themes", "plugins", "uploads", "languages"):
            (content / name).mkdir(parents=True)
        for name, text in THEME.items():
            file = content / "themes" / "plain" / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        (self.site / "wp-config.php").write_text(CONFIG % {
            "database": DATABASE, "user": "root", "socket": self.socket, "url": self.url})
        (self.folder / "router.php").write_text(ROUTER)

    def _php(self, script, value, installing=False):
        define = "define('WP_INSTALLING', true);" if installing else ""
        prelude = PRELUDE % {"host": self.host, "folder": self.site, "define": define}
        ended = subprocess.run([find("php"), "-d", "display_errors=stderr", "-r",
                                (prelude + script).removeprefix("<?php")],
                               input=json.dumps(value).encode(), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        try:
            ended.check_returncode()
            return json.loads(ended.stdout)
        except (subprocess.CalledProcessError, json.JSONDecodeError):
            raise RuntimeError("WordPress refused: " + (ended.stdout + ended.stderr).decode()[-2000:])

    def _start_server(self):
        process = self._spawn("php", [find("php"), "-S", self.host, "-t", str(self.site),
                                      str(self.folder / "router.php")])

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        self._wait(process, "php", answers)


def main():
    started = time.monotonic()
    with WordpressSite() as site:
        print(f"{site.url} after {time.monotonic() - started:.1f} s")
        post = site.publish("关于做好招生工作的“通知”", "<p>正文</p>", categories=[site.category("通知公告")])
        print(post)
        print(site.rest(f"/wp/v2/posts/{post['id']}?_fields=id,title,link,modified_gmt"))
        print(site.get("/wp-json/wp/v2/posts?_fields=id,link")[:2])
        print("feed", site.get("/feed/")[0])
        print(site.get("/")[1])
        print(site.get(post["link"].removeprefix(site.url))[1])
        site.edit(post, title="改过的标题")
        print(site.rest("/wp/v2/posts?_fields=id,title,modified_gmt"))
        site.trash(post)
        print(site.rest(f"/wp/v2/posts/{post['id']}"))
        site.delete(post)
        print(site.rest(f"/wp/v2/posts/{post['id']}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
