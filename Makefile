# The front door. Every real rule is in meson.build and tools/.
BUILD = build
MESON_FLAGS =
.PHONY: all demo test install fuzz format check tidy coverage bench clean packages

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

packages:
	@tools/install_packages

$(BUILD)/build.ninja: | packages
	meson setup $(BUILD) $(MESON_FLAGS)

clean:
	rm -rf $(BUILD) build-asan build-fuzz build-coverage
