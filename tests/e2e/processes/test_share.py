"""`homework share`: students' devices reach the classroom, and nothing else on this computer."""

import ipaddress
import json
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.command_line import Share, Up, homework
from tests.support.tunnel.ngrok import KNOWN_TOKEN, Ngrok

pytestmark = [pytest.mark.usefixtures("needs_rabbitmq_server"), pytest.mark.timeout(300)]
HERE = "127.0.0.1"
"""The address that represents the network, because a test's machine may not be in one."""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("up"))
    student = {"name": "Ada", "email": "ada@example.org"}
    assert httpx.post(f"{up.url}/api/teacher/students", json=student, timeout=60).status_code == 201
    yield up
    assert up.stop() == 0


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make the files of a certificate that is its own CA, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate_file, key_file = folder / "school.pem", folder / "school.key"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file


def new_link(up: Up) -> str:
    made = homework(up.folder, "teacher", "links", "create", "--students", "1", "--json")
    assert made.returncode == 0, made.stderr
    return str(json.loads(made.stdout)[0]["link"])


def sign_in(outside: httpx.Client, link: str) -> httpx.Response:
    """Open the link and press its button, as a student does."""
    [nonce] = re.findall(r'name="nonce" value="(.+?)"', outside.get(link).text)
    origin = {"Origin": str(outside.base_url).rstrip("/")}
    answer = outside.post(link, data={"nonce": nonce}, headers=origin)
    assert answer.status_code == 303, answer.text
    return answer


def paths_of_the_api(up: Up) -> list[str]:
    """The API's paths, without those that the classroom also has."""
    document = httpx.get(f"{up.url}/openapi.json", timeout=60).json()["paths"]
    assert len(document) > 30
    paths = [path.replace("{", "").replace("}", "") for path in document if path not in {"/", "/health"}]
    return [*paths, "/docs", "/openapi.json", "/metrics"]


def test_in_the_network_a_student_signs_in_and_no_path_leads_to_the_api_or_the_console(up: Up) -> None:
    with (
        Share(up.folder, "--host", HERE, "--port", "0") as share,
        httpx.Client(base_url=share.url, timeout=60) as outside,
    ):
        assert "It is not encrypted" in share.output()
        link = new_link(up)
        assert link.startswith(f"{share.url}/in/")
        sign_in(outside, link)
        assert "Ada" in outside.get("/").text
        for path in paths_of_the_api(up):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                answer = outside.request(method, path)
                assert answer.status_code in {403, 404, 405}, (method, path, answer.status_code)
                assert "ada@example.org" not in answer.text
        foreign = outside.get("/", headers={"Host": "evil.example"})
        assert foreign.status_code in {400, 403, 421}
    with pytest.raises(httpx.HTTPError):
        httpx.get(share.url, timeout=5)
    assert new_link(up).startswith("http://127.0.0.1:")


def test_links_made_at_this_computer_begin_with_the_shared_address_and_no_cookie_makes_a_teacher(
    up: Up,
) -> None:
    here = (up.folder / ".run/classroom-url").read_text().strip()
    with (
        Share(up.folder, "--host", HERE, "--port", "0") as share,
        httpx.Client(base_url=here, timeout=60) as teacher,
        httpx.Client(base_url=share.url, timeout=60) as outside,
    ):
        link = json.loads(homework(up.folder, "teacher", "sign-in", "--json").stdout)["link"]
        assert link.startswith(f"{share.url}/teacher/in/")
        sign_in(teacher, link.removeprefix(share.url))
        made = teacher.post("/teacher/classes", data={"name": "2B"}, headers={"Origin": here})
        path = made.headers["Location"].partition("?")[0]
        teacher.post(f"{path}/others", data={"student-1": "1"}, headers={"Origin": here})
        shown = teacher.post(f"{path}/links", headers={"Origin": here}).text
        [theirs] = re.findall(r'<p class="given">(http[^<]+)</p>', shown)
        assert theirs.startswith(f"{share.url}/in/")
        sign_in(outside, theirs)
        port = share.url.rpartition(":")[2]
        for secret in ("x", *outside.cookies.values()):
            cookie = {"Cookie": f"homework-teacher-{port}={secret}"}
            assert outside.get("/teacher/classes", headers=cookie).status_code == 401


def test_with_a_certificate_it_is_https_under_the_certificates_name_and_the_cookie_stays_there(
    up: Up, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path, HERE)
    options = ("--certificate", str(certificate), "--key", str(key), "--port", "0")
    trust = ssl.create_default_context(cafile=certificate)
    with (
        Share(up.folder, *options) as share,
        httpx.Client(base_url=share.url, verify=trust, timeout=60) as outside,
    ):
        assert share.url.startswith("https://127.0.0.1:")
        assert "not encrypted" not in share.output()
        answer = sign_in(outside, new_link(up))
        assert "secure" in answer.headers["Set-Cookie"].lower()


def test_over_the_internet_the_address_at_ngrok_leads_to_the_classroom(up: Up, tmp_path: Path) -> None:
    ngrok = Ngrok(tmp_path / "bin")
    environment = {"PYNGROK_NGROK_PATH": str(ngrok.path), "NGROK_AUTHTOKEN": KNOWN_TOKEN}
    with Share(up.folder, "--ngrok", "--port", "0", **environment) as share:
        assert share.url.startswith("https://127.0.0.1:")
        # The stand-in does not terminate TLS. It forwards what ngrok's edge would send.
        public = httpx.URL(share.url)
        with httpx.Client(base_url=f"http://{public.host}:{public.port}", timeout=60) as outside:
            assert "link" in outside.get("/").text  # The page says how to get in.
            assert outside.get("/api/teacher/students").status_code == 404
    assert ngrok.agents == []


def test_only_one_command_shares_and_none_without_a_service(up: Up, tmp_path: Path) -> None:
    with Share(up.folder, "--host", HERE, "--port", "0"):
        second = homework(up.folder, "share", "--host", HERE)
        assert (second.returncode, "another `homework share` runs" in second.stdout) == (1, True)
    alone = homework(tmp_path, "share", "--host", HERE)
    assert (alone.returncode, "no `homework up` runs" in alone.stdout) == (1, True)
