/* main.c - finds the command and runs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/mem.h"
#include "command/command.h"

static const struct command *const commands[] = {
    &command_serve,     &command_once,    &command_check,       &command_test,
    &command_lookup,    &command_schema,  &command_types,       &command_runs,
    &command_show,      &command_reviews, &command_cancel,      &command_dead,
    &command_replay,    &command_audit,   &command_backup,      &command_restore,
    &command_vault,     &command_version, &command_mapping,     &command_connections,
    &command_connector, &command_user,    &command_diagnostics,
};

static void main_help(FILE *to)
{
    size_t i;

    fputs("weft - an integration platform: flows with durable steps between payment gateways and "
          "ledgers\n\n"
          "usage: weft COMMAND [ARGUMENTS]\n\n",
          to);
    for (i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(to, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nweft COMMAND --help says more about one.\n", to);
}

int main(int argc, char **argv)
{
    size_t i;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a full disk or quota is an error of a write, not the end */
    mem_install();
    fault_arm_from_environment();
    if (argc < 2) {
        main_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        main_help(stdout);
        return EXIT_DONE;
    }
    for (i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i]->name, argv[1]) == 0)
            return command_run(commands[i], argc - 2, argv + 2);
    complain("there is no command \"%s\"", argv[1]);
    main_help(stderr);
    return EXIT_USAGE;
}
