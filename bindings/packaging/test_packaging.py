"""Tests of the scripts beside it that need no other platform's compiler: what check.py finds, archives of the same
bytes, documents that name everything."""

import importlib.util
import io
import json
import os
import platform as host
import re
import subprocess
import tarfile
import tempfile
import textwrap
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import lief

import check
import documents
import linked
import names
import natives
import pack
import platforms
import reproducible

# Each language's script has the same name.
spec = importlib.util.spec_from_file_location("testing", reproducible.ROOT / "bindings/testing/package.py")
testing = importlib.util.module_from_spec(spec)
spec.loader.exec_module(testing)

#: A library with the exports of ours: buffers that want a stack protector, and copies that FORTIFY checks.
SOURCE = """
#include <string.h>
#define EXPORTED __attribute__((visibility("default")))
void cardwire_keep(char *);
static void copy(const char *text, unsigned long length) {
    char room[64];
    memcpy(room, text, length);
    cardwire_keep(room);
}
""" + "".join(f"EXPORTED void {name}(const char *text, unsigned long length) {{ copy(text, length); }}\n"
              for name in sorted(check.C_FUNCTIONS)) + """
__attribute__((visibility("hidden"))) void cardwire_keep(char *text) { __asm__ volatile("" : : "r"(text) : "memory"); }
"""
PROTECTED = {"x86_64": "-fcf-protection=full", "aarch64": "-mbranch-protection=standard"}
BARE = {"x86_64": "-fcf-protection=none", "aarch64": "-mbranch-protection=none"}


def here():
    """Returns the platform that this machine is."""
    return platforms.find(f"linux-{host.machine()}")


@unittest.skipUnless(host.system() == "Linux" and host.machine() in PROTECTED, "compiles for Linux")
class Check(unittest.TestCase):
    #: The flags of a program as it should be.
    WHOLE = ["-static-pie", "-Wl,-z,relro,-z,now,-z,noexecstack,-s"]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "library.c").write_text(SOURCE)

    def compile(self, *more):
        """Returns the bytes of a library as it should be, but for the flags given."""
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-fvisibility=hidden", "-fstack-protector-strong",
                        "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", PROTECTED[host.machine()], "library.c",
                        "-o", "library.so", "-Wl,-z,relro,-z,now,-z,noexecstack,-s", *more],
                       cwd=self.folder, check=True)
        return (self.folder / "library.so").read_bytes()

    def faults(self, *more):
        with mock.patch.object(check, "faults", []) as faults:
            check.check_library("libcardwire.so.0", self.compile(*more), "library")
        return [fault.removeprefix("library: ") for fault in faults]

    def test_a_hardened_library_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_each_fault_is_found(self):
        subprocess.run(["cc", "-shared", "-o", "libother.so", "-Wl,-soname,libother.so", "-x", "c", "/dev/null"],
                       cwd=self.folder, check=True)
        for flags, expected in [
            (["-Wl,-z,norelro"], "no read-only relocations"),
            (["-Wl,-z,lazy"], "binds late: relocations stay writable"),
            (["-Wl,-z,execstack"], "executable stack"),
            (["-Wl,-rpath,/opt"], "a search path"),
            (["-fno-stack-protector"], "no stack protector"),
            (["-U_FORTIFY_SOURCE"], "no FORTIFY"),
            ([BARE[host.machine()]], "control-flow protection in "),
            (["-fvisibility=default", "-Dcopy=cardwire_copy", "-Dstatic="],
             "exports other names than its own: ['cardwire_copy']"),
            (["-Wl,--no-as-needed", "-L.", "-lother"], "needs libother.so"),
        ]:
            with self.subTest(expected):
                (fault,) = self.faults(*flags)
                self.assertTrue(fault.startswith(expected), fault)

    def test_debug_information_and_symbols_are_found(self):
        subprocess.run(["cc", "-shared", "-g", "-fPIC", "library.c", "-o", "whole.so"], cwd=self.folder, check=True)
        with mock.patch.object(check, "faults", []) as faults:
            check.check_library("libcardwire.so.0", (self.folder / "whole.so").read_bytes(), "library")
        self.assertLessEqual({"library: debug information", "library: a table of symbols"}, set(faults))

    def program(self, *flags):
        (self.folder / "program.c").write_text("int main(void) { return 0; }\n")
        subprocess.run(["cc", "-O2", PROTECTED[host.machine()], "program.c", "library.c", "-o", "cardwire", *flags],
                       cwd=self.folder, check=True)
        return (self.folder / "cardwire").read_bytes()

    def program_faults(self, *flags):
        with mock.patch.object(check, "faults", []) as faults:
            check.check_program(self.program(*flags), "program")
        return [fault.removeprefix("program: ") for fault in faults]

    def test_each_fault_of_a_program_is_found(self):
        whole = self.WHOLE
        self.assertEqual(self.program_faults(*whole), [])
        for flags, expected in [
            ([*whole, "-Wl,-z,norelro"], "no read-only relocations"),
            ([*whole, "-Wl,-z,execstack"], "executable stack"),
            (["-static", "-no-pie", whole[1]], "it cannot be moved"),
            (["-pie", whole[1]], "needs libc.so.6"),
            (["-static-pie"], "a table of symbols"),
            ([*whole, BARE[host.machine()]], "control-flow protection in "),
        ]:
            with self.subTest(expected):
                faults = self.program_faults(*flags)
                self.assertTrue(any(fault.startswith(expected) for fault in faults), faults)

    def package(self, files, name="cardwire.tar.gz"):
        """Returns the faults of a package of these files; those that are None are left out."""
        path = self.folder / name
        reproducible.write(path, {name: content for name, content in files.items() if content is not None})
        with mock.patch.object(check, "faults", []) as faults:
            check.check(path)
        return [fault.removeprefix(f"{name}: ") for fault in faults]

    def test_each_fault_of_a_package_is_found(self):
        files = {"lib/libcardwire.so.0": self.compile(), **documents.of("pkg:generic/cardwire", [here()])}
        self.assertEqual(self.package(files), [])
        for changed, expected in [
            ({"LICENSE": None}, "no LICENSE"),
            ({"THIRD-PARTY-NOTICES.txt": None}, "no THIRD-PARTY-NOTICES.txt"),
            ({"cardwire.cdx.json": None}, "no cardwire.cdx.json"),
            ({"README.md": f"{check.ROOT}/x".encode()}, f"README.md holds the path {check.ROOT}/"),
            ({"lib/libcardwire.a": b"__stack_chk_fail\0__memcpy_chk\0/Users/i"},
             "lib/libcardwire.a holds the path /Users/"),
            ({"lib/libcardwire.a": b"__stack_chk_fail\0"}, "no FORTIFY in the static library"),
            ({"lib/libcardwire.a": b"__memcpy_chk\0"}, "no stack protector in the static library"),
        ]:
            with self.subTest(expected):
                self.assertEqual(self.package(files | changed), [expected])

    def test_a_package_has_a_bill_and_notices_where_the_page_says_so(self):
        plain = documents.of("pkg:npm/cardwire", [])
        self.assertEqual(sorted(plain), ["LICENSE", "cardwire.cdx.json"])
        bare = {"LICENSE": plain["LICENSE"]}
        self.assertEqual(self.package(plain), [])
        self.assertEqual(self.package(bare), ["no cardwire.cdx.json"])
        notices = self.package(plain | {"THIRD-PARTY-NOTICES.txt": b"x"})
        self.assertEqual(notices, ["THIRD-PARTY-NOTICES.txt, which docs/support.md says it has not"])
        version = reproducible.version()
        without = [f"cardwire_testing-{version}-py3-none-any.whl", f"cardwire-go-{version}.zip",
                   *(f"{name}-{version}{end}" for name in names.MAVEN for end in ("-sources.jar", "-javadoc.jar"))]
        for name in without:
            with self.subTest(name):
                self.assertEqual(self.package(bare, name), [])
                faults = self.package(plain, name)
                self.assertEqual(faults, ["cardwire.cdx.json, which docs/support.md says it has not"])
        found = {name for name in names.of(platforms.PLATFORMS) if names.WITHOUT_BILL.fullmatch(name)}
        self.assertEqual(found, set(without))

    def test_the_jar_for_tests_has_the_command_of_each_platform_that_was_built_and_its_documents(self):
        name = f"cardwire-testing-{reproducible.version()}.jar"
        with mock.patch.object(natives, "NATIVES", self.folder / "natives"):
            self.assertEqual(sorted(testing.commands()), ["META-INF/LICENSE", "META-INF/cardwire.cdx.json"])
            self.assertEqual(self.package(testing.commands(), name), [])
            # That of musl serves every Linux.
            for platform in (here(), platforms.find(f"{here().name}-musl")):
                (natives.NATIVES / platform.name).mkdir(parents=True)
                (natives.NATIVES / platform.name / "cardwire").write_bytes(self.program(*self.WHOLE))
            files = testing.commands()
        papers = ["META-INF/LICENSE", "META-INF/THIRD-PARTY-NOTICES.txt", "META-INF/cardwire.cdx.json"]
        self.assertEqual(sorted(files), [*papers, f"{here().jna}/cardwire"])
        self.assertEqual(self.package(files, name), [])
        for paper in papers:
            self.assertEqual(self.package(files | {paper: None}, name), [f"no {paper.removeprefix('META-INF/')}"])
        self.assertIn(f"{name}, {here().jna}/cardwire: a table of symbols",
                      self.package(files | {f"{here().jna}/cardwire": self.program("-static-pie")}, name))


@unittest.skipUnless((natives.TOOLS / "python").exists(), "zig is not here: `make dist` fetches it")
class MachO(unittest.TestCase):
    """What is made for macOS, by zig, which needs no Mac where nothing of Apple's frameworks is used."""

    def faults(self, *flags):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(check, "faults", []) as faults:
            Path(folder, "library.c").write_text(SOURCE)
            subprocess.run([natives.TOOLS / "python", "-m", "ziglang", "cc", "-target", "aarch64-macos", "-shared",
                            "-O2", "-fvisibility=hidden", *flags, "library.c", "-o", "libcardwire.dylib"],
                           cwd=folder, check=True)
            check.check_macho(lief.parse(str(Path(folder, "libcardwire.dylib"))), "library")
        return [fault.removeprefix("library: ") for fault in faults]

    def test_each_fault_is_found(self):
        protected, fortified = "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2"
        self.assertEqual(self.faults(protected, fortified), [])
        self.assertEqual(self.faults("-fno-stack-protector", fortified), ["no stack protector"])
        self.assertEqual(self.faults(protected, "-D_FORTIFY_SOURCE=0"), ["no FORTIFY"])


class Documents(unittest.TestCase):
    def test_they_are_the_same_each_time_and_have_a_notice_of_each_crate(self):
        texts = documents.of("pkg:pypi/cardwire", platforms.PLATFORMS)
        self.assertEqual(documents.of("pkg:pypi/cardwire", platforms.PLATFORMS), texts)
        with mock.patch.object(check, "faults", []) as faults:
            check.check_bill(json.loads(texts[documents.BILL]), texts["THIRD-PARTY-NOTICES.txt"], "bill")
        self.assertEqual(faults, [])

    def test_the_bill_names_what_is_linked_beside_the_crates(self):
        bill = json.loads(documents.of("pkg:generic/cardwire", [here()])[documents.BILL])
        names = {part["name"] for part in bill["components"]}
        self.assertLessEqual({"sqlite", "rust-std", "ring", "cardwire-ffi"}, names)

    def test_the_bill_of_the_jar_for_tests_is_that_of_the_command_with_what_maven_brings(self):
        texts = documents.of(f"pkg:maven/{linked.KIT}", [here()])
        parts = {part["name"]: part for part in json.loads(texts[documents.BILL])["components"]}
        self.assertLessEqual({"cardwire-cli", "cardwire-sandbox", "clap", "sqlite", "jna"}, set(parts))
        self.assertNotIn("cardwire-ffi", parts)
        self.assertEqual(parts["cardwire"]["purl"], f"pkg:maven/io.cardwire/cardwire@{reproducible.version()}")
        self.assertEqual(parts["junit-jupiter-api"]["licenses"], [{"expression": "EPL-2.0"}])
        with mock.patch.object(check, "faults", []) as faults:
            check.check_bill(json.loads(texts[documents.BILL]), texts["THIRD-PARTY-NOTICES.txt"], "bill")
        self.assertEqual(faults, [])


class Archives(unittest.TestCase):
    FILES = {"a/lib/libcardwire.so.0.1.0": b"\x7fELF", "a/lib/libcardwire.so": "libcardwire.so.0.1.0",
             "a/LICENSE": b"Apache"}

    def write(self, name, files):
        path = Path(self.folder, name)
        reproducible.write(path, files)
        return path.read_bytes()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        patched = mock.patch.dict(os.environ, SOURCE_DATE_EPOCH="1500000000")
        patched.start()
        self.addCleanup(patched.stop)

    def test_the_same_files_give_the_same_bytes_in_whatever_order(self):
        plain = {name: content for name, content in self.FILES.items() if isinstance(content, bytes)}
        for name, files in [("a.tar.gz", self.FILES), ("a.zip", plain)]:
            turned = dict(reversed(files.items()))
            self.assertEqual(self.write(name, files), self.write(f"b{name}", turned))

    def test_a_tar_has_one_time_no_owner_and_its_links(self):
        with tarfile.open(fileobj=io.BytesIO(self.write("a.tar.gz", self.FILES))) as archive:
            entries = {entry.name: entry for entry in archive}
        self.assertEqual(sorted(entries), sorted(self.FILES))
        marks = {(one.mtime, one.uid, one.gid, one.uname) for one in entries.values()}
        self.assertEqual(marks, {(1500000000, 0, 0, "")})
        self.assertEqual(entries["a/lib/libcardwire.so"].linkname, "libcardwire.so.0.1.0")
        self.assertEqual((entries["a/lib/libcardwire.so.0.1.0"].mode, entries["a/LICENSE"].mode), (0o755, 0o644))

    def test_a_jar_begins_with_its_manifest(self):
        jar = self.write("a.jar", {"A.class": b"", "META-INF/MANIFEST.MF": b""})
        self.assertEqual(zipfile.ZipFile(io.BytesIO(jar)).namelist(), ["META-INF/MANIFEST.MF", "A.class"])


class Release(unittest.TestCase):
    """The steps of release.yml that choose packages, over the names of all that pack.py makes."""

    WORKFLOW = (reproducible.ROOT / ".github/workflows/release.yml").read_text("utf-8")
    #: In place of what signs and publishes: they keep what they are given.
    PROGRAMS = {
        "gpg": 'for last; do :; done\ncat >/dev/null\ncase "$*" in *detach-sign*) : >"$last.asc" ;; esac\n',
        "npm": 'for last; do :; done\n[ -f "$last" ] && basename "$last" >>published\n',
        "zip": "exit 0\n",
    }

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, script in self.PROGRAMS.items():
            program = self.folder / "bin" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(f"#!/bin/sh\n{script}")
            program.chmod(0o755)
        (self.folder / "packages").mkdir()
        for name in [*names.of(platforms.PLATFORMS), pack.SUMS]:
            (self.folder / "packages" / name).write_bytes(b"")
        self.wanted = names.published(platforms.PLATFORMS)

    def run_step(self, name):
        script = re.search(rf"- name: {name}\n +run: \|\n((?: {{10}}.*\n)+)", self.WORKFLOW)[1]
        environment = {**os.environ, "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                       "GITHUB_REF_NAME": f"v{reproducible.version()}", "SIGNING_KEY": "x", "SIGNING_PASSPHRASE": "x"}
        subprocess.run(["bash", "-eo", "pipefail", "-c", textwrap.dedent(script)], cwd=self.folder, env=environment,
                       check=True)

    def test_pypi_is_given_the_wheels_and_the_sdist_of_both_packages(self):
        self.run_step("The wheels and the sdist alone")
        self.assertEqual(sorted(path.name for path in (self.folder / "dist").iterdir()), sorted(self.wanted["pypi"]))

    def test_npm_is_given_the_platforms_before_the_package_that_names_them(self):
        self.run_step("The platforms before the package that names them")
        published = (self.folder / "published").read_text().split()
        self.assertEqual(sorted(published), sorted(self.wanted["npm"]))
        self.assertEqual(published[-1], self.wanted["npm"][-1])

    def test_the_bundle_for_maven_has_both_artifacts_with_signatures_and_digests(self):
        self.run_step("A bundle as Maven Central takes it, each file with its signature and digests")
        version = reproducible.version()
        found = {path.relative_to(self.folder).as_posix() for path in self.folder.glob("io/**/*") if path.is_file()}
        artifact = {name: name.split(f"-{version}")[0] for name in self.wanted["maven"]}
        self.assertEqual(found, {f"io/cardwire/{artifact[name]}/{version}/{name}{end}" for name in self.wanted["maven"]
                                 for end in ("", ".asc", ".md5", ".sha1")})

    def test_everything_is_beside_the_text_of_the_release(self):
        (create,) = re.findall(r"gh release create .*", self.WORKFLOW)
        self.assertTrue(create.endswith(" packages/*"), create)


class Scripts(unittest.TestCase):
    def test_each_that_is_named_is_there_and_can_be_run(self):
        rules = (reproducible.ROOT / "Makefile").read_text("utf-8")
        named = set(re.findall(r"(?<![\w/.$)])((?:bindings|ffi|tests|docs|core)/[\w/.-]+\.(?:py|sh))\b", rules))
        self.assertGreater(len(named), 20)
        for name in sorted({*named, *pack.FOR_PLATFORMS, *pack.ONCE}):
            self.assertTrue(os.access(reproducible.ROOT / name, os.X_OK), name)

    def test_those_of_pack_are_all_that_there_are(self):
        found = {path.relative_to(reproducible.ROOT).as_posix()
                 for path in reproducible.ROOT.glob("bindings/*/package.py")}
        self.assertEqual({*pack.FOR_PLATFORMS, *pack.ONCE} - {"ffi/package/archive.py"}, found)


class Versions(unittest.TestCase):
    def test_every_package_has_that_of_the_workspace(self):
        version = reproducible.version()
        bindings = reproducible.ROOT / "bindings"
        for path, words in {
            "node/package.json": f'"version": "{version}"',
            "java/pom.xml": f"<version>{version}</version>",
            "testing/java/pom.xml": f"<version>{version}</version>",
            "testing/java/reactor.xml": f"<version>{version}</version>",
            "testing/python/pyproject.toml": f'version = "{version}"\n',
            "node/Cargo.toml": f'version = "{version}"\n',
            "python/Cargo.toml": f'version = "{version}"\n',
            "java/README.md": f"cardwire-{version}.jar",
            "java/src/test/java/io/cardwire/BadInputTest.java": f'"{version}"',
            "java/src/test/java/io/cardwire/LoaderTest.java": f'"{version}"',
            "java/src/test/java/io/cardwire/OperationsTest.java": f'"{version}"',
            "../docs/recipes/spring-boot.md": f"<version>{version}</version>",
            "../tests/bench/run.sh": f"cardwire-{version}.dist-info",
        }.items():
            with self.subTest(path):
                self.assertIn(words, (bindings / path).read_text("utf-8"), path)
        self.assertIn(f"<version>{version}</version>", (bindings / "java/README.md").read_text("utf-8"))
        # Of the library's file and of its pkg-config.
        ffi = (reproducible.ROOT / "ffi/Cargo.toml").read_text("utf-8")
        self.assertEqual(re.findall(r'^version = "(.*)"$', ffi, re.M), [version] * 2)
        self.assertIn(f'"cardwire=={version}"', (bindings / "testing/python/pyproject.toml").read_text("utf-8"))


class Platforms(unittest.TestCase):
    def test_no_two_have_a_name_in_common(self):
        for field in ("name", "rust", "wheel", "npm", "jna"):
            names = {getattr(platform, field) for platform in platforms.PLATFORMS}
            self.assertEqual(len(names), len(platforms.PLATFORMS), field)

    def test_the_oldest_systems_are_those_of_the_page(self):
        page = (reproducible.ROOT / "docs/support.md").read_text("utf-8")
        self.assertIn(f"no newer glibc than {platforms.GLIBC}", page)
        self.assertIn(f"macOS {platforms.MACOS.removesuffix('.0')}.", page)


if __name__ == "__main__":
    unittest.main()
