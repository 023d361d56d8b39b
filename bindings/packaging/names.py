"""The names of the packages that pack.py makes, by where release.yml publishes them: check.py holds the packages to
them, and test_packaging.py the workflow."""

import re

import natives
import platforms
import reproducible

MAVEN = ("cardwire", "cardwire-testing")
MAVEN_ENDS = (".jar", "-sources.jar", "-javadoc.jar", ".pom")
#: With nothing of others' inside and nothing native: the plugin of pytest, the Go module, what Maven has beside a jar.
WITHOUT_BILL = re.compile(r"cardwire_testing-.*\.whl|cardwire-go-.*\.zip|cardwire-.*-(sources|javadoc)\.jar")


def published(built):
    """Returns the names for the platforms that were built, by registry; "archive" is only beside the release's text,
    where all of them are."""
    version = reproducible.version()
    return {
        "archive": [f"cardwire-go-{version}.zip",
                    *(f"cardwire-{version}-{one.name}.{one.archive}" for one in built),
                    *(f"{natives.COMMAND}-{version}-{one.system}.{one.archive}" for one in built if one.command)],
        "pypi": [f"cardwire-{version}.tar.gz", f"cardwire_testing-{version}-py3-none-any.whl",
                 *(f"cardwire-{version}-cp39-abi3-{one.wheel}.whl" for one in built)],
        # Of the platforms before the one that names them.
        "npm": [*(f"cardwire-{one.npm}-{version}.tgz" for one in built), f"cardwire-{version}.tgz"],
        "maven": [f"{name}-{version}{end}" for name in MAVEN for end in MAVEN_ENDS],
    }


def of(built):
    """Returns the names for the platforms that were built."""
    return {name for names in published(built).values() for name in names}


def platforms_of(packages):
    """Returns the platforms whose C archive is among the names of packages."""
    version = reproducible.version()
    return [one for one in platforms.PLATFORMS if f"cardwire-{version}-{one.name}.{one.archive}" in packages]
