# Python with PyYAML, for checks that read manifests.
version=6.0.3
install_tool() {
  python_tool python "PyYAML==$version"
  # Not a link: an environment is known by where its program lies.
  rm "$1/$name"
  printf '#!/bin/sh\nexec "%s/environment/bin/python" "$@"\n' "$1" >"$1/$name"
  chmod +x "$1/$name"
}
