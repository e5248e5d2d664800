/* SPDX-License-Identifier: MIT
 * dfukit convert: turns firmware files into one of another format.
 */
#include "cli/files.h"

#define FIELD(name) offsetof(struct arguments, name)

static const struct option_row options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .field = FIELD(output),
     .help = "where to; the format is by its ending; - is standard output"},
    {.name = "at",
     .kind = OPTION_NUMBER,
     .argument = "ADDR",
     .field = FIELD(at),
     .help = "where raw bytes belong; for one of several files: FILE@ADDR"},
    {.name = "format",
     .kind = OPTION_FORMAT,
     .argument = "FORMAT",
     .field = FIELD(format),
     .help = "of the new file: dfuse, dfu, bin, hex or uf2"},
    {.name = "vendor",
     .kind = OPTION_ID,
     .argument = "VID",
     .field = FIELD(vendor),
     .help =
         "vendor for the DFU suffix, in hexadecimal; the default is that of the file, else 0483"},
    {.name = "product",
     .kind = OPTION_ID,
     .argument = "PID",
     .field = FIELD(product),
     .help = "product for the DFU suffix; the default is that of the file, else df11"},
    {.name = "bcd-device",
     .kind = OPTION_ID,
     .argument = "BCD",
     .field = FIELD(bcd_device),
     .help = "device version for the DFU suffix; the default is that of the file, else ffff (any)"},
    {.name = "uf2-family",
     .kind = OPTION_NUMBER,
     .argument = "ID",
     .field = FIELD(uf2_family),
     .help = "family to take out of a UF2 file, or to write into one"},
    {.name = "fill",
     .kind = OPTION_BYTE,
     .argument = "BYTE",
     .field = FIELD(fill),
     .help = "value between the segments of a bin, 1 to 255; the default is 0xFF"},
    {.name = "overwrite",
     .kind = OPTION_FLAG,
     .field = FIELD(overwrite),
     .help = "replace the file if it exists"},
    {0},
};

static uint16_t id_or(struct given_number given, bool has, uint16_t own, uint16_t otherwise)
{
    if (given.given) {
        return (uint16_t)given.value;
    }
    return has ? own : otherwise;
}

static struct dfk_write_options write_options(const struct arguments *a,
                                              const struct dfk_image_info *info)
{
    return (struct dfk_write_options){
        .format = a->format,
        .has_ids = a->vendor.given || a->product.given || a->bcd_device.given,
        .vendor = id_or(a->vendor, info->has_ids, info->vendor, 0x0483),
        .product = id_or(a->product, info->has_ids, info->product, 0xDF11),
        .bcd_device = id_or(a->bcd_device, info->has_ids, info->bcd_device, 0xFFFF),
        .uf2_family = a->uf2_family.value,
        .fill = (uint8_t)a->fill.value,
        .overwrite = a->overwrite,
    };
}

static int run_convert(struct run *run)
{
    struct dfk_image *image = NULL;
    int status = files_check_output(run, "convert");
    if (status == 0) {
        status = files_read(run, DFK_FORMAT_AUTO, &image);
    }
    if (status == 0) {
        struct dfk_write_options how = write_options(&run->arguments, dfk_image_get_info(image));
        status = dfk_image_write(image, run->arguments.output, &how, &run->err);
    }
    if (status == 0) {
        run->ui->calls->written(run->ui,
                                &(struct written){"convert", run->arguments.output, image});
    }
    dfk_image_free(image);
    return status;
}

const struct command command_convert = {
    .name = "convert",
    .operands = "IN...",
    .summary = "turn firmware files into one of another format",
    .about = "Reads any format, joins the files, and writes DfuSe (.dfu), plain DFU, raw binary "
             "(.bin), Intel HEX (.hex) or UF2 (.uf2). Files that want the same address with "
             "different bytes are refused.",
    .example = "dfukit convert firmware.elf -o firmware.dfu\n"
               "dfukit convert boot.bin@0x08000000 app.hex -o all.dfu --vendor 1209 --product abd1",
    .options = options,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_convert,
};
