# SPDX-License-Identifier: MIT
"""Places to install the packages into: a bare folder, and a fresh Debian."""
import os
import pathlib
import re
import shutil
import subprocess

IGNORED = ("var/cache", "var/log", "var/lib/apt", "var/lib/dpkg", "tmp", "proc", "sys", "dev", "etc/ld.so.cache", "run")


def call(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)


def must(*words, **more):
    done = call(*words, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Root:
    """What both places have in common. path is where the place lies on this computer."""

    def __init__(self, path):
        self.path = path

    def tree(self):
        """Every file and folder, without what package managers note for themselves."""
        found = set()
        for folder, folders, files in os.walk(self.path):
            here = pathlib.Path(folder).relative_to(self.path)
            folders[:] = [name for name in folders if str(here / name) not in IGNORED]
            found.update(str(here / name) for name in folders + files if str(here / name) not in IGNORED)
        return found

    def copy_in(self, file):
        """Copies a file to where programs in the root see it; gives the path by which they do."""
        (self.path / "tmp").mkdir(exist_ok=True)
        shutil.copy(file, self.path / "tmp")
        return self.inside(self.path / "tmp" / file.name)


class BareFolder(Root):
    """The packages alone, in a folder that dpkg takes for a root. Their programs run on this computer's libraries."""
    def __init__(self, path):
        super().__init__(path)
        shutil.rmtree(path, ignore_errors=True)
        for name in ("updates", "info", "triggers"):
            (path / "var/lib/dpkg" / name).mkdir(parents=True)
        (path / "var/lib/dpkg/status").touch()
        libraries = path / "usr/lib" / must("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
        self.env = {"PATH": f"{path}/usr/bin:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(libraries), "LC_ALL": "C.UTF-8",
                    "PKG_CONFIG_LIBDIR": f"{libraries}/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": str(path)}

    def dpkg(self, *words):
        pretend = [] if os.geteuid() == 0 else ["fakeroot"]
        # dpkg looks for ldconfig, which lies where only root's PATH leads
        return must(*pretend, "dpkg", f"--root={self.path}", f"--log={self.path}/var/lib/dpkg/log", "--force-depends",
                    "--path-include=/*", *words, env=dict(os.environ, PATH=f"{os.environ['PATH']}:/usr/sbin:/sbin"))

    def install(self, packages):
        self.dpkg("--install", *packages)

    def purge(self, names):
        self.dpkg("--purge", *names)

    def files_of(self, name):
        return self.dpkg("--listfiles", name).split()

    def inside(self, path):
        return str(path)

    def command(self, *words):
        return [str(word) for word in words]


class FreshDebian(Root):
    """A Debian made by debootstrap from the mirror of this computer; needs root."""

    def __init__(self, path):
        super().__init__(path)
        suite, mirror = host_mirror()
        shutil.rmtree(path, ignore_errors=True)
        must("debootstrap", "--variant=minbase", suite, path, mirror)
        self.env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                    "HOME": "/root"}
        # no daemon is started in there, and nothing else than what the packages need comes along
        (path / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
        (path / "usr/sbin/policy-rc.d").chmod(0o755)
        self.apt("update")
        self.apt("install", "gcc", "libc6-dev", "pkg-config", "man-db", "python3-minimal")

    def apt(self, verb, *words):
        return must(*self.command("apt-get", verb, "-y", "-qq", "--no-install-recommends", *words), env=self.env)

    def install(self, packages):
        self.apt("install", *(self.copy_in(package) for package in packages))

    def purge(self, names):
        self.apt("purge", *names)
        self.apt("autoremove", "--purge")
        shutil.rmtree(self.path / "tmp")
        (self.path / "tmp").mkdir()

    def files_of(self, name):
        return must(*self.command("dpkg", "--listfiles", name), env=self.env).split()

    def inside(self, path):
        return "/" + str(path.relative_to(self.path))

    def command(self, *words):
        return ["chroot", str(self.path), *(str(word) for word in words)]


def host_mirror():
    """(suite, URI) of the first source of packages of this computer's own release."""
    suite = re.search(r"^VERSION_CODENAME=(\S+)", pathlib.Path("/etc/os-release").read_text(encoding="utf-8"), re.M)[1]
    said = must("apt-get", "indextargets", "--format", "$(TARGET_OF) $(CODENAME) $(SITE) $(CREATED_BY)")
    for line in said.splitlines():
        kind, name, uri, made_by = line.split()
        if (kind, name, made_by) == ("deb", suite, "Packages"):
            return suite, uri
    raise RuntimeError(f"apt has no source of {suite}")
