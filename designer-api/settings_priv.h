/* settings_priv.h - what settings.c and api_settings.c share. */
#ifndef DESIGNER_API_SETTINGS_PRIV_H
#define DESIGNER_API_SETTINGS_PRIV_H

#include "designer-api/settings.h"

#define SETTINGS_KIND "setting"

enum setting_scope { SETTING_PROGRAM, SETTING_WORKSPACE };
enum setting_form { SETTING_CHOICE, SETTING_NUMBER, SETTING_TEXT };
struct setting_row {
    enum setting_scope scope;
    enum setting_form form;
    const char *name, *fixed_by; /* fixed_by: NULL: nothing */
    int64_t min, max;
    const char *choices, *fallback, *help;
};
extern const struct setting_row settings__rows[SETTINGS_COUNT];

struct settings {
    struct settings_options options;
    json_t *kept; /* by workspace, "" of the program: what people have set */
};

const struct setting_row *settings__row(const char *name); /* or NULL */
/* The row of the configuration with that name; or NULL. */
const json_t *settings__configured(const struct settings *settings, const char *name);
/* The same of what fixes the setting; NULL: nothing does. */
const json_t *settings__fixed(const struct settings *settings, const struct setting_row *row);
const char *settings__id(const char *workspace);
/* What is kept of the workspace now. */
enum err_code settings__read(struct settings *settings, const char *workspace,
                             struct err *e) MUST_USE;
void settings__apply(struct settings *settings);

#endif
