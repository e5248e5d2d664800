/* SPDX-License-Identifier: MIT
 * What is said to a person of virtual boards.
 */
#include "cli/text.h"

void text_leds(struct ui *ui, const struct twin_leds *leds)
{
    (void)fprintf(ui->out, "%s\n", leds->text);
}

void text_serial(struct ui *ui, const struct twin_serial *serial)
{
    (void)fprintf(ui->out, "%s%s", serial->text, serial->ended ? "\n" : "");
    (void)fflush(ui->out);
}

/* Who presses a button sees by the board that it was pressed. */
void text_obeyed(struct ui *ui, const char *order)
{
    (void)ui;
    (void)order;
}
