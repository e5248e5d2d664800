# The front door. Every real rule is in meson.build and tools/.
BUILD = build
FIRMWARE = build-firmware
FUZZ_SECONDS = 60
# Folders of boot/board; none: all of them.
BOARDS =
.PHONY: all demo test test-deb test-kernel deb install fuzz format check tidy coverage bench clean packages \
    firmware size reliability

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

packages:
	@tools/install_packages

$(BUILD)/build.ninja: | packages
	meson setup $(BUILD)

demo: all
	tools/demo $(BUILD)

test: packages
	tools/test

# Everything of `make test` that samples, at its full length, and what it adds up to (docs/reliability.md).
reliability: all
	[ -f build-asan/build.ninja ] || meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false
	[ -f build-fuzz/build.ninja ] || meson setup build-fuzz --native-file tools/clang.ini -Dfuzz=true \
	    -Db_sanitize=address,undefined -Db_lundef=false
	ninja -C build-asan
	ninja -C build-fuzz fuzz_targets
	tools/reliability.py --write

deb: packages
	tools/deb

test-deb: packages
	python3 tests/deb/packages.py --fresh

# Debian's own kernel, dfu-util, fwupd and udev against virtual boards, in a guest.
test-kernel: all deb
	tests/kernel/lane $(BUILD) | tee $(BUILD)/kernel.txt
	@python3 tools/test_summary.py $(BUILD)/kernel.txt

install: all
	meson install -C $(BUILD)

check: all
	tools/check $(BUILD)

format: packages
	python3 tools/check_format.py --fix

tidy: all
	ninja -C $(BUILD) clang-tidy

fuzz: packages
	[ -f build-fuzz/build.ninja ] || meson setup build-fuzz --native-file tools/clang.ini -Dfuzz=true \
	    -Db_sanitize=address,undefined -Db_lundef=false
	ninja -C build-fuzz fuzz_targets
	tools/fuzz build-fuzz $(FUZZ_SECONDS)

coverage: packages
	[ -f build-coverage/build.ninja ] || meson setup build-coverage -Db_coverage=true
	ninja -C build-coverage
	meson test -C build-coverage --no-rebuild
	tools/coverage build-coverage

# The bootloader and the sample application as ELF, bin, hex and DfuSe, with map, for every board (or BOARDS="one other").
firmware: packages
	tools/firmware $(FIRMWARE) $(BOARDS)

# Fails when the bootloader does not fit into its budget.
size: firmware
	python3 tools/firmware_size.py --record $(FIRMWARE) $(BOARDS)

bench: all
	ninja -C $(BUILD) bench bench-boot bench-cpu bench-image bench-dfu-util

clean:
	rm -rf $(BUILD) build-asan build-fuzz build-coverage build-deb $(FIRMWARE)
