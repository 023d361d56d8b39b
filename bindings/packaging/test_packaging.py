"""Tests of the scripts beside it that need no other platform's compiler: what check.py finds, archives of the same
bytes, documents that name everything."""

import io
import json
import os
import platform as host
import subprocess
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import check
import documents
import platforms
import reproducible

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

    def program_faults(self, *flags):
        (self.folder / "program.c").write_text("int main(void) { return 0; }\n")
        subprocess.run(["cc", "-O2", "program.c", "-o", "cardwire", *flags], cwd=self.folder, check=True)
        with mock.patch.object(check, "faults", []) as faults:
            check.check_program((self.folder / "cardwire").read_bytes(), "program")
        return [fault.removeprefix("program: ") for fault in faults]

    def test_each_fault_of_a_program_is_found(self):
        whole = ["-static-pie", "-Wl,-z,relro,-z,now,-z,noexecstack,-s"]
        self.assertEqual(self.program_faults(*whole), [])
        for flags, expected in [
            ([*whole, "-Wl,-z,norelro"], "no read-only relocations"),
            ([*whole, "-Wl,-z,execstack"], "executable stack"),
            (["-static", "-no-pie", whole[1]], "it cannot be moved"),
            (["-pie", whole[1]], "needs libc.so.6"),
            (["-static-pie"], "a table of symbols"),
        ]:
            with self.subTest(expected):
                self.assertIn(expected, self.program_faults(*flags))

    def package(self, files):
        """Returns the faults of a package of these files; those that are None are left out."""
        path = self.folder / "cardwire.tar.gz"
        reproducible.write(path, {name: content for name, content in files.items() if content is not None})
        with mock.patch.object(check, "faults", []) as faults:
            check.check(path)
        return [fault.removeprefix("cardwire.tar.gz: ") for fault in faults]

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
        }.items():
            self.assertIn(words, (bindings / path).read_text("utf-8"), path)
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
