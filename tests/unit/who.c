/* who.c - roles: what each may and may not do, held against what was promised of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "designer-api/who.h"

static bool may(enum role role, enum permission permission)
{
    const struct who who = { .role = role, .permissions = role_permissions(role) };

    return who_may(&who, permission);
}

/* Which roles have it, as letters: Admin, Integrator, Consultant, Operator, aPprover, aUditor,
 * cuStomer, Viewer. */
static void each_permission_has_its_roles(void **state)
{
    static const char letters[] = "-AICOPUSV";
    static const struct {
        const char *permission, *roles;
    } table[] = {
        { "runs.read", "AICOPUSV" },
        { "payloads.read", "AICOPUS" },
        { "payloads.reveal", "O" },
        { "runs.act", "AIOS" },
        { "exceptions.read", "AICOPUSV" },
        { "exceptions.decide", "AOS" },
        { "exceptions.approve", "P" },
        { "flows.read", "AICOPUSV" },
        { "flows.write", "AIS" },
        { "rules.write", "AICS" },
        { "rules.publish", "AICS" },
        { "flows.deploy", "AIS" },
        { "deploy.approve", "P" },
        { "connections.read", "AICOPUS" },
        { "connections.write", "AIS" },
        { "secrets.write", "AIS" },
        { "alerts.read", "AICOPUSV" },
        { "alerts.write", "AIO" },
        { "audit.read", "AU" },
        { "users.manage", "A" },
        { "settings.write", "A" },
    };

    (void)state;
    assert_int_equal(sizeof table / sizeof *table, PERMISSION_COUNT);
    for (size_t i = 0; i < PERMISSION_COUNT; i++) {
        enum permission permission;

        assert_true(permission_find(table[i].permission, &permission));
        assert_string_equal(permission_name(permission), table[i].permission);
        for (unsigned role = ROLE_NONE; role < ROLE_COUNT; role++)
            if (may((enum role)role, permission) != (strchr(table[i].roles, letters[role]) != NULL))
                fail_msg("%s: %s", role_name((enum role)role), table[i].permission);
    }
}

static void nobody_does_and_approves(void **state)
{
    (void)state;
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        assert_false(may((enum role)role, MAY_EXCEPTIONS_DECIDE) &&
                     may((enum role)role, MAY_EXCEPTIONS_APPROVE));
        assert_false(may((enum role)role, MAY_FLOWS_DEPLOY) &&
                     may((enum role)role, MAY_DEPLOY_APPROVE));
    }
}

static void names_are_found_and_others_not(void **state)
{
    enum role role;
    enum permission permission;

    (void)state;
    for (unsigned i = ROLE_NONE + 1; i < ROLE_COUNT; i++) {
        assert_true(role_find(role_name((enum role)i), &role));
        assert_int_equal(role, i);
    }
    assert_false(role_find("none", &role)); /* is no role to be given */
    assert_false(role_find("Admin", &role));
    assert_false(role_find("", &role));
    assert_false(permission_find("runs", &permission));
    assert_int_equal(role_permissions(ROLE_NONE), 0);
    assert_int_equal(permissions_whole(PERMISSION_BIT(MAY_RUNS_READ)),
                     PERMISSION_BIT(MAY_RUNS_READ));
    assert_int_equal(permissions_whole(PERMISSION_BIT(MAY_FLOWS_DEPLOY)),
                     PERMISSION_BIT(MAY_FLOWS_DEPLOY) | PERMISSION_BIT(MAY_RULES_PUBLISH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_permission_has_its_roles),
        cmocka_unit_test(nobody_does_and_approves),
        cmocka_unit_test(names_are_found_and_others_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
