#!/usr/bin/env python3
"""Fails where a package is not what docs/support.md says of all: check.py [FOLDER]

All are there, and no others. Each has its licence; where it has native code, the notices; and a bill of materials
unless names.WITHOUT_BILL names it. Its libraries and its program are hardened, export their own functions and no
others, run on the oldest system that is named, and hold no debug information and no path of this machine."""

import hashlib
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path

import lief

import names
import platforms
import reproducible

ROOT = reproducible.ROOT
C_FUNCTIONS = {line.split()[0] for line in (ROOT / "ffi/symbols.txt").read_text().splitlines()}
#: By the end of the file's name; others are the C library.
EXPORTS = {
    ".pyd": {"PyInit__native"},
    ".abi3.so": {"PyInit__native"},
    ".node": {"napi_register_module_v1"},
}
#: What the libraries may need of the system.
SYSTEM = {
    "ELF": r"(libc|libm|libdl|libpthread|librt|ld-linux-(x86-64|aarch64))\.so(\.\d)?",
    "PE": r"(?i)(advapi32|api-ms-win-[\w-]+|bcrypt|bcryptprimitives|crypt32|dbghelp|kernel32|ntdll|userenv|ws2_32)"
          r"\.dll",
    "MACHO": r"/usr/lib/lib(System\.B|iconv\.2)\.dylib|/System/Library/Frameworks/(CoreFoundation|Security)\..*",
}
#: What a compiler leaves of the machine that it ran on.
PLACES = [f"{Path.home()}/", f"{ROOT}/", ".cargo/", "registry/src", "/home/", "/Users/"]
#: What C functions begin with where jumps and returns are protected, and how many there are at the least.
LANDING = {lief.ELF.ARCH.X86_64: ["f30f1efa"], lief.ELF.ARCH.AARCH64: ["3f2303d5", "5f2403d5"]}
LANDINGS = 200

faults = []


def expect(holds, where, what):
    if not holds:
        faults.append(f"{where}: {what}")


def files_of(package):
    """Returns the bytes of each file in a package, by name, without links."""
    if package.suffix in (".whl", ".jar", ".zip"):
        with zipfile.ZipFile(package) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    with tarfile.open(package) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}


def check_any_elf(file, where):
    """Looks for what a library and a program both need."""
    segments = {segment.type for segment in file.segments}
    expect(lief.ELF.Segment.TYPE.GNU_RELRO in segments, where, "no read-only relocations")
    expect(file.has_nx, where, "executable stack")
    expect(not any(section.name.startswith(".debug") for section in file.sections), where, "debug information")
    expect(not file.symtab_symbols, where, "a table of symbols")
    code = b"".join(section.content.tobytes() for section in file.sections if section.name == ".text")
    landings = sum(code.count(bytes.fromhex(word)) for word in LANDING[file.header.machine_type])
    expect(landings >= LANDINGS, where, f"control-flow protection in {landings} places only")


def check_elf(library, where):
    tag = lief.ELF.DynamicEntry.TAG
    flags = [library.get(tag.FLAGS_1), library.get(tag.FLAGS)]
    check_any_elf(library, where)
    expect(any("NOW" in str(entry) for entry in flags if entry), where, "binds late: relocations stay writable")
    expect(not library.get(tag.TEXTREL), where, "relocations in code")
    expect(not library.get(tag.RPATH) and not library.get(tag.RUNPATH), where, "a search path")
    imported = {symbol.name for symbol in library.imported_symbols}
    expect("__stack_chk_fail" in imported, where, "no stack protector")
    versions = {version.name for needed in library.symbols_version_requirement
                for version in needed.get_auxiliary_symbols()}
    glibc = [tuple(map(int, name[6:].split("."))) for name in versions if re.fullmatch(r"GLIBC_[\d.]+", name)]
    if glibc:
        newest = ".".join(map(str, max(glibc)))
        expect(max(glibc) <= tuple(map(int, platforms.GLIBC.split("."))), where, f"needs glibc {newest}")
        expect(any(name.endswith("_chk") for name in imported), where, "no FORTIFY")
    return {symbol.name for symbol in library.exported_symbols}, library.libraries


def check_program(content, where):
    """Looks into the command, which needs nothing of the machine but its kernel, or Windows' or Apple's own."""
    program = lief.parse(content)
    kind = program.format.name
    if kind == "ELF":
        check_any_elf(program, where)
        expect(program.is_pie, where, "it cannot be moved")
        for one in program.libraries:
            expect(False, where, f"needs {one}")
        return
    if kind == "MACHO":
        expect(program.is_pie, where, "it cannot be moved")
    _, needed = {"PE": check_pe, "MACHO": check_macho}[kind](program, where)
    for one in needed:
        expect(re.fullmatch(SYSTEM[kind], one), where, f"needs {one}")


def check_pe(library, where):
    wanted = lief.PE.OptionalHeader.DLL_CHARACTERISTICS
    for flag in (wanted.DYNAMIC_BASE, wanted.NX_COMPAT, wanted.HIGH_ENTROPY_VA):
        expect(library.optional_header.has(flag), where, f"not {flag.name}")
    expect(library.has_relocations, where, "no relocations: it cannot be moved")
    expect(not library.codeview_pdb, where, "names a file of debug information")
    debug = [section for section in library.sections if section.name.startswith((".debug", "/"))]
    expect(not debug, where, "debug information")
    exported = {entry.name for entry in library.get_export().entries} if library.has_exports else set()
    return exported, [one.name for one in library.imports]


def check_macho(library, where):
    expect(not any(section.segment.name == "__DWARF" for section in library.sections), where, "debug information")
    expect(library.has_nx_stack, where, "executable stack")
    imported = {symbol.name for symbol in library.imported_symbols}
    expect("___stack_chk_fail" in imported, where, "no stack protector")
    expect(any(name.endswith("_chk") for name in imported), where, "no FORTIFY")
    exported = {symbol.name.removeprefix("_") for symbol in library.exported_symbols}
    return exported, [one.name for one in library.libraries if not one.name.startswith("@rpath/")]


def check_library(name, content, where):
    library = lief.parse(content)
    kind = library.format.name
    wanted = next((names for end, names in EXPORTS.items() if name.endswith(end)), C_FUNCTIONS)
    exported, needed = {"ELF": check_elf, "PE": check_pe, "MACHO": check_macho}[kind](library, where)
    expect(exported == wanted, where, f"exports other names than its own: {sorted(exported ^ wanted)[:5]}")
    for one in needed:
        # The interpreter's own, of the stable interface.
        if name.endswith(".pyd") and one == "python3.dll":
            continue
        expect(re.fullmatch(SYSTEM[kind], one), where, f"needs {one}")


def check_bill(bill, notices, where):
    expect("serialNumber" not in bill and "timestamp" not in bill["metadata"], where, "the bill differs each time")
    for part in bill["components"]:
        if "hashes" in part:
            said = f"\n{part['name']} {part['version']}\n".encode()
            expect(said in notices, where, f"no notice of {part['name']} {part['version']}")


def check(package):
    files = files_of(package)
    named = {}
    for path, content in files.items():
        named.setdefault(path.split("/")[-1], content)
    expect(named.get("LICENSE") == (ROOT / "LICENSE").read_bytes(), package.name, "no LICENSE")
    libraries = [path for path in files if re.search(r"\.(so(\.\d+)*|dll|dylib|pyd|node)$", path)]
    programs = [path for path in files if path.split("/")[-1] in ("cardwire", "cardwire.exe")]
    notices, bill = named.get("THIRD-PARTY-NOTICES.txt"), named.get("cardwire.cdx.json")
    is_native = bool(libraries or programs)
    for name, found, wanted in [("THIRD-PARTY-NOTICES.txt", notices, is_native),
                                ("cardwire.cdx.json", bill, not names.WITHOUT_BILL.fullmatch(package.name))]:
        expect(found or not wanted, package.name, f"no {name}")
        expect(wanted or not found, package.name, f"{name}, which docs/support.md says it has not")
    if bill and (notices or not is_native):
        check_bill(json.loads(bill), notices or b"", package.name)
    for path in libraries:
        check_library(path, files[path], f"{package.name}, {path}")
    for path in programs:
        check_program(files[path], f"{package.name}, {path}")
    for path, content in files.items():
        # A DLL has them linked in and names neither; the same objects stand in the static library, and do.
        if path.endswith("/libcardwire.a"):
            expect(b"__stack_chk_fail" in content, package.name, "no stack protector in the static library")
            checked = "musl" in package.name or re.search(rb"__\w+_chk\0", content)
            expect(checked, package.name, "no FORTIFY in the static library")
        for place in PLACES if path in libraries + programs or path.endswith((".a", ".lib")) else PLACES[:4]:
            expect(place.encode() not in content, package.name, f"{path} holds the path {place}")
    print(f"{package.name}: {len(files)} files, {len(libraries)} libraries, {len(programs)} programs")


def main(folder):
    packages = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in packages)
    expect((folder / "SHA256SUMS").read_text() == sums, "SHA256SUMS", "not the digests of the packages")
    made = {path.name for path in packages}
    for name in sorted(made ^ names.of(names.platforms_of(made))):
        expect(False, name, "no package of pack.py's" if name in made else "it is missing")
    for package in packages:
        # What Maven reads beside the jar is one file.
        if package.suffix != ".pom":
            check(package)
    print(f"{len(packages)} packages, {len(faults)} faults", *faults, sep="\n")
    sys.exit(bool(faults) or not packages)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else reproducible.PACKAGES)
