"""The containers, checked without a Docker daemon.

The file is held against the schema of the Compose specification, every path and name in
it against the repository, every option of Odoo against the engine; and what the first
container runs is run here, on a real PostgreSQL and a real Odoo.
"""

from __future__ import annotations

import ast
import configparser
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest
import yaml
from lxml import etree
from passlib.hash import pbkdf2_sha512

from engine.cluster import Cluster
from engine.databases import APART, dependencies_in_suite
from engine.obtain.engines import Engine
from engine.port import find_addons
from engine.server import Odoo

ROOT = Path(__file__).resolve().parents[1]
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")
ONE_SHOT = {"prepare", "dealer-prepare"}
SECRETS = {
    "POSTGRES_PASSWORD",
    "ADMIN_PASSWORD",
    "DEALER_POSTGRES_PASSWORD",
    "DEALER_ADMIN_PASSWORD",
    "DEALER_SERVICE_PASSWORD",
}
GOOD = {
    "DATABASE": "channel",
    "MODULES": "crm_reseller_base",
    "ADMIN_PASSWORD": "a long enough one",
}


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def compose(text: str) -> dict:
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def services(compose: dict) -> dict:
    return compose["services"]


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(
        line.split("=", 1) for line in lines if line and not line.startswith("#")
    )


@pytest.fixture(scope="module")
def conf() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=True)
    parser.read_string((ROOT / "odoo.conf").read_text())
    return parser["options"]


@pytest.fixture
def prepare() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location(
        "prepare", ROOT / "docker" / "odoo" / "prepare.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module


def profiles(service: dict) -> set[str]:
    return set(service.get("profiles", ()))


def bind_mounts(services: dict) -> Iterator[tuple[str, str, str, str]]:
    """Service, source, target and mode of every mount that is a path."""
    for name, service in services.items():
        for volume in service.get("volumes", ()):
            source, target, *mode = volume.split(":")
            if source.startswith((".", "/")):
                yield name, source, target, mode[0] if mode else ""


# ---------------------------------------------------------------------------
# The file
# ---------------------------------------------------------------------------


def test_file_follows_the_compose_specification(compose):
    package = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((package / "compose-spec.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(compose)


def test_schema_would_notice(compose):
    """The check above is worth something: a misspelt key does not pass."""
    package = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((package / "compose-spec.json").read_text())
    wrong = {**compose, "services": {"db": {"image": "postgres:15", "volume": []}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validators.validator_for(schema)(schema).validate(wrong)


def test_images_are_the_supported_ones(services):
    images = {service["image"] for service in services.values()}
    assert {"odoo:17.0", "postgres:15"} <= images
    for image in images:
        assert re.fullmatch(r"[\w/-]+:\d[\w.-]*", image), f"{image} is not pinned"


def test_every_variable_is_in_the_example(text, example):
    used = {match["name"] for match in VARIABLE.finditer(text)}
    assert used == set(example), "docker-compose.yml and .env.example name others"


def test_every_variable_has_a_default_or_is_demanded(text):
    for match in VARIABLE.finditer(text):
        assert match["rest"].startswith((":-", ":?")), f"{match[0]} may be unset"


def test_defaults_are_those_of_the_example(text, example):
    for match in VARIABLE.finditer(text):
        if match["rest"].startswith(":-"):
            assert match["rest"][2:] == example[match["name"]], match[0]


def test_secrets_have_no_default(text, example):
    for name in SECRETS:
        assert example[name] == ""
    for match in VARIABLE.finditer(text):
        if match["name"] in SECRETS:
            assert match["rest"] == ":-" or match["rest"].startswith(":?"), match[0]
    assert re.search(r"\$\{POSTGRES_PASSWORD:\?", text)
    assert re.search(r"\$\{ADMIN_PASSWORD:\?", text)


def test_env_file_is_kept_out_of_git():
    assert "/.env" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_mounted_path_exists_and_is_read_only(services):
    mounts = list(bind_mounts(services))
    assert mounts
    for name, source, _target, mode in mounts:
        assert (ROOT / source).exists(), f"{name}: {source} does not exist"
        assert mode == "ro", f"{name}: {source} can be written"


def test_volumes_and_networks_are_declared_and_used(compose, services):
    volumes = {
        volume.split(":")[0]
        for service in services.values()
        for volume in service.get("volumes", ())
        if not volume.startswith((".", "/"))
    }
    networks = {name for service in services.values() for name in service["networks"]}
    assert volumes == set(compose["volumes"])
    assert networks == set(compose["networks"])


def test_dependencies_run_whenever_their_dependants_do(services):
    for name, service in services.items():
        for wanted, condition in service.get("depends_on", {}).items():
            needed = services[wanted]
            assert not profiles(needed) or profiles(service) <= profiles(needed)
            if wanted in ONE_SHOT:
                assert condition["condition"] == "service_completed_successfully"
            else:
                assert condition["condition"] == "service_healthy", name
                assert "test" in needed["healthcheck"]


def test_every_lasting_service_has_a_health_check(services):
    for name, service in services.items():
        if name in ONE_SHOT:
            assert service["restart"] == "no"
            assert service["healthcheck"] == {"disable": True}
        else:
            assert service["restart"] == "unless-stopped"
            assert service["healthcheck"]["test"][0] == "CMD", name


def test_only_this_machine_is_served_by_default(services):
    for service in services.values():
        for port in service.get("ports", ()):
            assert port.startswith("${BIND_ADDRESS:-127.0.0.1}:")
    assert not services["db"].get("ports")
    assert not services["dealer-db"].get("ports")


def test_profiles(services):
    started = {
        profile: {
            name
            for name, service in services.items()
            if not profiles(service) or profile in profiles(service)
        }
        for profile in ("", "dealer", "scale")
    }
    assert started[""] == {"db", "prepare", "odoo"}
    assert started["dealer"] - started[""] == {"dealer-db", "dealer-prepare", "dealer"}
    assert started["scale"] - started[""] == {"web", "proxy"}


# ---------------------------------------------------------------------------
# What the containers run
# ---------------------------------------------------------------------------


def test_every_addon_is_mounted_where_odoo_looks(services, conf):
    wanted = {f"{conf['addons_path']}/{addon.name}" for addon in find_addons(ROOT)}
    for name in ("prepare", "odoo", "web"):
        mounted = {
            target
            for service, source, target, _mode in bind_mounts(services)
            if service == name and Path(source).name.startswith("crm_")
        }
        assert mounted == wanted, name


def test_every_addon_is_installed(services):
    """Those named and what they need; not those of :data:`APART`, which need more."""
    needed = dependencies_in_suite()
    found = services["prepare"]["environment"]["MODULES"].split(",")
    for addon in found:
        found += [name for name in needed[addon] if name not in found]
    manifests = {
        addon.name: ast.literal_eval((addon / "__manifest__.py").read_text())
        for addon in find_addons(ROOT)
    }
    assert set(found) == {
        name
        for name, manifest in manifests.items()
        if not manifest.get("auto_install") and name not in APART
    }


def test_scheduled_jobs_run_in_one_container(services, conf):
    assert int(conf["max_cron_threads"]) > 0
    with_jobs = {
        name
        for name, service in services.items()
        if service["image"].startswith("odoo:")
        and name not in ONE_SHOT
        and not name.startswith("dealer")
        and "--max-cron-threads=0" not in service["command"]
    }
    assert with_jobs == {"odoo"}
    assert "replicas" not in services["odoo"].get("deploy", {})
    assert services["web"]["deploy"]["replicas"] == "${WEB_CONTAINERS:-3}"


def test_web_containers_share_the_database_and_the_files(services):
    for key in ("volumes", "environment"):
        assert services["web"][key] == services["odoo"][key]


def test_a_database_is_reachable_from_its_own_odoo_only(services):
    for database, readers in (
        ("db", {"db", "prepare", "odoo", "web"}),
        ("dealer-db", {"dealer-db", "dealer-prepare", "dealer"}),
    ):
        (network,) = services[database]["networks"]
        users = {n for n, service in services.items() if network in service["networks"]}
        assert users == readers


def test_proxy_goes_to_ports_the_web_containers_listen_on(services, conf):
    nginx = (ROOT / "docker" / "nginx" / "nginx.conf").read_text()
    code = re.sub(r"#.*", "", nginx)
    assert code.count("{") == code.count("}")
    (host,) = re.findall(r"set \$web (\S+);", code)
    assert host in services
    assert set(services[host]["networks"]) & set(services["proxy"]["networks"])
    routes = dict(
        re.findall(r"location ([^{]+?) \{\s*proxy_pass http://\$web:(\d+);", code)
    )
    assert routes == {
        "~ ^/(websocket|longpolling)(/|$)": conf["gevent_port"],
        "/": conf["http_port"],
    }
    (listens,) = re.findall(r"listen (\d+)", code)
    assert services["proxy"]["ports"][0].endswith(f":{listens}")
    for header in ("Host", "For", "Proto"):
        assert f"proxy_set_header X-Forwarded-{header} " in code
    assert "--proxy-mode" in services[host]["command"]


def test_odoo_ports_are_those_it_listens_on(services, conf):
    for name in ("odoo", "dealer"):
        assert services[name]["ports"][0].endswith(f":{conf['http_port']}")


def test_settings_of_odoo_are_safe(conf):
    assert conf.getboolean("list_db") is False
    assert conf.getboolean("proxy_mode") is False
    assert conf.getboolean("unaccent") is True
    assert conf["log_level"] == "info"
    assert re.fullmatch(r"\^\w+\$", conf["dbfilter"])
    for option in conf:
        assert "passw" not in option, f"{option} is a secret"
    for option in ("memory_soft", "memory_hard", "time_cpu", "time_real", "request"):
        assert conf.getint(f"limit_{option}") > 0
    assert conf.getint("limit_memory_soft") < conf.getint("limit_memory_hard")


def test_connections_suffice_for_the_scale_profile(services, conf, example):
    """The worst case of every process of every container fits into max_connections."""
    workers = int(example["WEB_WORKERS"]) + 1  # and the one for live notifications
    processes = int(example["WEB_CONTAINERS"]) * workers + 1
    (allowed,) = re.findall(r"max_connections=(\d+)", str(services["db"]["command"]))
    assert processes * conf.getint("db_maxconn") < int(allowed)


def test_odoo_knows_every_setting(engines: list[Engine], services, conf):
    """Each option of odoo.conf, and each one on a command line of the containers."""
    code = (
        "import json, sys\n"
        "from odoo.tools import config\n"
        "wanted = json.loads(sys.stdin.read())\n"
        "unknown = [o for o in wanted['options'] if o not in config.options]\n"
        "for command in wanted['commands']:\n"
        "    config.parser.parse_args(command)\n"
        "print(json.dumps(unknown))\n"
    )
    commands = [
        [re.sub(r"\$\{\w+:-(.*?)\}", r"\1", part) for part in service["command"]]
        for service in services.values()
        if service["image"].startswith("odoo:") and "command" in service
    ]
    assert len(commands) == 3
    for engine in engines:
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps({"options": list(conf), "commands": commands}),
            env={**os.environ, "PYTHONPATH": str(engine.home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [], f"Odoo {engine.name}"


def test_dealer_has_the_vehicles_of_the_demo_data():
    seed = (ROOT / "docker/odoo/dealer_seed.py").read_text()
    demo = ROOT / "crm_dealer_push/demo/crm_vehicle_model_demo.xml"
    records = etree.parse(demo).findall(".//record[@model='crm.vehicle.model']")
    wanted = {
        tuple(
            record.findtext(f"field[@name='{name}']")
            for name in ("default_code", "name", "list_price")
        )
        for record in records
    }
    (tree,) = [
        node.value
        for node in ast.parse(seed).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "VEHICLES"
    ]
    assert {tuple(map(str, row)) for row in ast.literal_eval(tree)} == wanted


def test_scripts_compile_for_the_image():
    """The image of Odoo 17.0 has Python 3.10."""
    scripts = [
        *(ROOT / "docker").rglob("*.py"),
        *(ROOT / "engine/scripts").glob("*.py"),
    ]
    for path in scripts:
        ast.parse(path.read_text(), feature_version=(3, 10))


# ---------------------------------------------------------------------------
# prepare.py: decisions
# ---------------------------------------------------------------------------


def test_good_settings_are_accepted(prepare):
    prepare.check_settings(GOOD)
    prepare.check_settings({**GOOD, "MODE": "demo", "ADMIN_PASSWORD": "admin"})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ADMIN_PASSWORD": ""}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": "   "}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": "", "MODE": "demo"}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": "admin"}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": "AdminAdmin"}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": "short"}, "ADMIN_PASSWORD"),
        ({"SEED": "x", "SERVICE_PASSWORD": ""}, "SERVICE_PASSWORD"),
        ({"MODE": "prod"}, "MODE"),
        ({"MODULES": ""}, "MODULES"),
        ({"DATABASE": ""}, "DATABASE"),
        ({"PUBLIC_URL": "channel.example.com"}, "PUBLIC_URL"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(prepare, change, named):
    with pytest.raises(prepare.Refusal, match=named) as refusal:
        prepare.check_settings({**GOOD, **change})
    if change.get("ADMIN_PASSWORD", "").strip():
        assert change["ADMIN_PASSWORD"] not in str(refusal.value)


def test_plan(prepare):
    sources = {"a": "17.0.1.0.0", "b": "17.0.1.1.0"}
    assert prepare.plan(["a", "b", "sale"], {}, sources) == (["a", "b", "sale"], [])
    installed = {"a": "17.0.1.0.0", "b": "17.0.1.0.0", "sale": "17.0.1.2"}
    assert prepare.plan(["a", "b", "sale"], installed, sources) == ([], ["b"])
    assert prepare.plan(["a"], {"a": "17.0.1.0.0"}, sources) == ([], [])


def test_versions_are_read_as_odoo_stores_them(prepare, tmp_path):
    for name, version in (("long", "17.0.1.2.3"), ("short", "1.0")):
        (tmp_path / name).mkdir()
        manifest = tmp_path / name / "__manifest__.py"
        manifest.write_text(f'{{"name": "x", "version": "{version}"}}')
    assert prepare.read_versions(tmp_path) == {
        "long": "17.0.1.2.3",
        "short": "17.0.1.0",
    }


def test_demo_data_only_in_demo_mode(prepare):
    assert "--without-demo=all" in prepare.odoo_command(GOOD, ["a"], [])
    demo = prepare.odoo_command({**GOOD, "MODE": "demo"}, ["a"], ["b"])
    assert "--without-demo=all" not in demo
    assert {"--init=a", "--update=b"} <= set(demo)


def test_no_answer_is_not_healthy(prepare):
    assert prepare.healthy("http://127.0.0.1:9/web/health") is False


# ---------------------------------------------------------------------------
# prepare.py: a real first start
# ---------------------------------------------------------------------------


class Container:
    """What the `prepare` container has: an `odoo` on its path, and the environment."""

    def __init__(self, odoo: Odoo, folder: Path, database: str) -> None:
        self.odoo, self.database = odoo, database
        self.suite = folder / "suite"
        self.calls = folder / "calls"
        self.series = "{}.{}".format(*odoo.engine.series)
        self.write_addon("1.0")
        program = folder / "bin" / "odoo"
        program.parent.mkdir()
        command = [
            *odoo.command(),
            f"--addons-path={odoo.addons_path()},{self.suite}",
        ]
        program.write_text(
            f"#!{sys.executable}\n"
            "import os, sys\n"
            f"open({str(self.calls)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
            f"command = {[*map(str, command)]!r} + sys.argv[1:]\n"
            "os.execv(command[0], command)\n"
        )
        program.chmod(0o755)
        self.environment = {
            **odoo.environment(),
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        }

    def write_addon(self, version: str) -> None:
        addon = self.suite / "prepare_probe"
        addon.mkdir(parents=True, exist_ok=True)
        (addon / "__init__.py").write_text("")
        (addon / "__manifest__.py").write_text(
            repr({"name": "Probe", "version": version, "license": "LGPL-3"})
        )

    def start(self, **settings: str) -> subprocess.CompletedProcess:
        code = (
            "import pathlib, runpy, sys\n"
            f"main = runpy.run_path({str(ROOT / 'docker/odoo/prepare.py')!r})['main']\n"
            f"main.__globals__['SUITE'] = pathlib.Path({str(self.suite)!r})\n"
            f"main.__globals__['SERIES'] = {self.series!r}\n"
            "sys.exit(main([]))\n"
        )
        wanted = {"DATABASE": self.database, "MODULES": "prepare_probe", **settings}
        return subprocess.run(
            [sys.executable, "-c", code],
            env={**self.environment, **wanted},
            cwd=self.odoo.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def query(self, sql: str) -> str:
        return self.odoo.cluster.psql(self.database, sql)

    def odoo_calls(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def container(odoos: list[Odoo], cluster: Cluster, tmp_path: Path) -> Iterator:
    database = f"prepare_{os.getpid()}"
    odoos[0].drop(database)
    yield Container(odoos[0], tmp_path, database)
    odoos[0].drop(database)


def test_starts(container: Container):
    """No password: refused. First: installs. Second: idles. Newer source: upgrades."""
    refused = container.start(ADMIN_PASSWORD="")
    assert refused.returncode == 1
    assert refused.stderr.strip().startswith("ADMIN_PASSWORD is empty")
    assert container.database not in container.odoo.cluster.databases()

    password = "first and only"
    first = container.start(
        ADMIN_PASSWORD=password,
        PUBLIC_URL="https://channel.example.com/",
        ALLOWED_HTTP_HOSTS="dealer",
    )
    assert first.returncode == 0, first.stderr
    assert len(container.odoo_calls()) == 1
    probe = (
        "SELECT state, latest_version FROM ir_module_module"
        " WHERE name = 'prepare_probe'"
    )
    assert container.query(probe) == f"installed|{container.series}.1.0"
    stored = "SELECT password FROM res_users WHERE login = 'admin'"
    assert pbkdf2_sha512.verify(password, container.query(stored))
    assert not pbkdf2_sha512.verify("admin", container.query(stored))
    value = "SELECT value FROM ir_config_parameter WHERE key = "
    assert container.query(f"{value}'web.base.url'") == "https://channel.example.com"
    assert container.query(f"{value}'crm_dealer_push.allowed_http_hosts'") == "dealer"
    assert container.query("SELECT count(*) FROM res_users WHERE login = 'demo'") == "0"

    second = container.start(ADMIN_PASSWORD="another one that is ignored")
    assert second.returncode == 0, second.stderr
    assert "Everything is installed." in second.stdout
    assert len(container.odoo_calls()) == 1
    assert pbkdf2_sha512.verify(password, container.query(stored))

    container.write_addon("1.1")
    third = container.start(ADMIN_PASSWORD=password)
    assert third.returncode == 0, third.stderr
    assert "--update=prepare_probe" in container.odoo_calls()[-1]
    assert container.query(probe) == f"installed|{container.series}.1.1"

    wrong = container.start(
        ADMIN_PASSWORD=password, MODULES="prepare_probe,no_such_module"
    )
    assert wrong.returncode == 1
    assert wrong.stderr.strip().endswith("Not installed: no_such_module.")
    for output in (first, second, third, wrong):
        assert password not in output.stdout + output.stderr
    assert password not in "".join(container.odoo_calls())
