"""The pages for visitors who are not signed in. They use no other file of the console."""

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{head}
<title>{title} · Italian homework</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; }}
code {{ overflow-wrap: anywhere; }}
</style>
</head>
<body><main><h1>{title}</h1>
{content}
</main></body>
</html>
"""
_HOW = """<p>Run <code>homework console</code> where the console runs, and open the address it prints:</p>
<ul>
<li>beside <code>homework up</code>, in the same folder: <code>homework console</code></li>
<li>with Compose: <code>docker compose exec console homework console</code></li>
<li>on Kubernetes: <code>kubectl -n homework exec deploy/homework-console -- homework console</code></li>
</ul>
<p>Each address works once.</p>"""


def _page(title: str, content: str, head: str = "") -> str:
    return _PAGE.format(title=escape(title), content=content, head=head)


# A link on another site's page, in a mail for instance, brings no SameSite=Strict cookie along; one on this
# page does.
_AGAIN = '<p>If you are signed in and followed a link, <a href="">open this page again</a>.</p>'
NOT_SIGNED_IN = _page("Sign in to the console", f"{_HOW}\n{_AGAIN}")
TOKEN_IS_VOID = _page(
    "This address was used already", f"<p>Perhaps it belongs to a console that has ended.</p>\n{_HOW}"
)
# For the same reason this page goes on by itself: a redirect would still belong to the page of the link.
SIGNED_IN = _page(
    "You are signed in",
    '<p><a href="/">Go on to the console</a></p>',
    '<meta http-equiv="refresh" content="0; url=/">',
)


def foreign(address: str) -> str:
    """Why a request under another name or from another site was refused. `address` is the console's."""
    return _page(
        "This is not the console's address",
        f"<p>Open <code>{escape(address)}</code>. If browsers reach the console at another address, start "
        "it with that address as <code>CONSOLE_PUBLIC_URL</code>, and let the proxy pass on the header "
        "<code>Host</code>.</p>",
    )
