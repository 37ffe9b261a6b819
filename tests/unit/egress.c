/* egress.c - which addresses are public, which rules open the others, and which rules are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/mem.h"
#include "io/egress.h"

static bool allows(const struct egress *egress, const char *host, const char *address,
                   unsigned port)
{
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

    if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
        return egress_allows(egress, host, (struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, address, &six.sin6_addr), 1);
    return egress_allows(egress, host, (struct sockaddr *)&six);
}

static struct egress *rules(const char *text)
{
    struct err e = { .code = ERR_OK };
    struct egress *egress = egress_new(text, NULL, &e);

    if (egress == NULL)
        print_error("%s\n", e.text);
    assert_non_null(egress);
    return egress;
}

static const char *const public_ones[] = {
    "1.1.1.1",         "8.8.8.8",         "9.255.255.255",    "11.0.0.0",          "100.63.255.255",
    "100.128.0.0",     "126.255.255.255", "128.0.0.0",        "169.253.0.1",       "169.255.0.0",
    "172.15.255.255",  "172.32.0.0",      "192.0.1.1",        "192.167.255.255",   "192.169.0.0",
    "198.17.255.255",  "198.20.0.0",      "223.255.255.255",  "2606:4700::1111",   "2a00:1450::1",
    "2001:4860::8888", "::ffff:1.1.1.1",  "64:ff9b::1.1.1.1", "2002:0101:0101::1",
};

static const char *const closed_ones[] = {
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:0",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1.1.1.1",
    "2002:7f00:0001::1",
    "2002:0a00:0001::",
    "2002:c0a8:0101::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "4000::1",
};

static void public_addresses_need_no_rule(void **state)
{
    struct egress *none = rules(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(public_ones) / sizeof(*public_ones); i++) {
        if (!allows(none, "example.org", public_ones[i], 443))
            print_error("%s\n", public_ones[i]);
        assert_true(allows(none, "example.org", public_ones[i], 443));
    }
    egress_free(none);
}

static void others_are_closed(void **state)
{
    struct egress *none = rules("");

    (void)state;
    for (size_t i = 0; i < sizeof(closed_ones) / sizeof(*closed_ones); i++) {
        if (allows(none, "example.org", closed_ones[i], 443))
            print_error("%s\n", closed_ones[i]);
        assert_false(allows(none, "example.org", closed_ones[i], 443));
        assert_false(allows(NULL, "example.org", closed_ones[i], 443));
    }
    egress_free(none);
}

static void a_range_opens_its_addresses(void **state)
{
    struct egress *e = rules("10.1.0.0/16, 127.0.0.1 fd00::/8\n192.168.7.1/32,::1");

    (void)state;
    assert_true(allows(e, NULL, "10.1.0.0", 1));
    assert_true(allows(e, NULL, "10.1.255.255", 65535));
    assert_false(allows(e, NULL, "10.0.255.255", 1));
    assert_false(allows(e, NULL, "10.2.0.0", 1));
    assert_true(allows(e, NULL, "127.0.0.1", 80));
    assert_false(allows(e, NULL, "127.0.0.2", 80));
    assert_true(allows(e, NULL, "fdab::1", 80));
    assert_false(allows(e, NULL, "fc00::1", 80));
    assert_true(allows(e, NULL, "192.168.7.1", 80));
    assert_false(allows(e, NULL, "192.168.7.2", 80));
    assert_true(allows(e, NULL, "::1", 80));
    /* the same host in other clothes */
    assert_true(allows(e, NULL, "::ffff:10.1.2.3", 80));
    assert_true(allows(e, NULL, "64:ff9b::10.1.2.3", 80));
    assert_true(allows(e, NULL, "2002:0a01:0203::1", 80));
    assert_false(allows(e, NULL, "::ffff:10.2.2.3", 80));
    egress_free(e);
    e = rules("0.0.0.0/0");
    assert_true(allows(e, NULL, "127.0.0.1", 80));
    assert_false(allows(e, NULL, "fd00::1", 80));
    egress_free(e);
    e = rules("::/0");
    assert_true(allows(e, NULL, "127.0.0.1", 80));
    assert_true(allows(e, NULL, "fd00::1", 80));
    egress_free(e);
}

static void a_port_narrows_a_rule(void **state)
{
    struct egress *e =
        rules("127.0.0.1:8080,[::1]:80,10.0.0.0/8:443,[fd00::/8]:5432,erp.local:81,[fe80::1]");

    (void)state;
    assert_true(allows(e, NULL, "127.0.0.1", 8080));
    assert_false(allows(e, NULL, "127.0.0.1", 8081));
    assert_true(allows(e, NULL, "::1", 80));
    assert_false(allows(e, NULL, "::1", 8080));
    assert_true(allows(e, NULL, "10.9.9.9", 443));
    assert_false(allows(e, NULL, "10.9.9.9", 80));
    assert_true(allows(e, NULL, "fd00::1", 5432));
    assert_false(allows(e, NULL, "fd00::1", 5433));
    assert_true(allows(e, "erp.local", "192.168.1.1", 81));
    assert_false(allows(e, "erp.local", "192.168.1.1", 80));
    assert_true(allows(e, NULL, "fe80::1", 9));
    egress_free(e);
}

static void a_host_opens_what_it_resolves_to(void **state)
{
    struct egress *e = rules("erp.local *.Corp.Example localhost");

    (void)state;
    assert_true(allows(e, "erp.local", "10.0.0.1", 80));
    assert_true(allows(e, "ERP.Local", "10.0.0.1", 80));
    assert_true(allows(e, "erp.local.", "10.0.0.1", 80));
    assert_true(allows(e, "a.corp.example", "10.0.0.1", 80));
    assert_true(allows(e, "a.b.corp.example", "fd00::1", 80));
    assert_true(allows(e, "localhost", "127.0.0.1", 80));
    assert_false(allows(e, "corp.example", "10.0.0.1", 80));
    assert_false(allows(e, ".corp.example", "10.0.0.1", 80));
    assert_false(allows(e, "evilcorp.example", "10.0.0.1", 80));
    assert_false(allows(e, "erp.local.evil.example", "10.0.0.1", 80));
    assert_false(allows(e, "xerp.local", "10.0.0.1", 80));
    assert_false(allows(e, "erp.loca", "10.0.0.1", 80));
    assert_false(allows(e, "", "10.0.0.1", 80));
    assert_false(allows(e, NULL, "10.0.0.1", 80));
    egress_free(e);
}

static void a_parent_is_asked_too(void **state)
{
    struct err e;
    struct egress *parent = rules("10.0.0.0/8");
    struct egress *child = egress_new("127.0.0.1", parent, &e);

    (void)state;
    assert_non_null(child);
    assert_true(allows(child, NULL, "10.1.1.1", 1));
    assert_true(allows(child, NULL, "127.0.0.1", 1));
    assert_false(allows(parent, NULL, "127.0.0.1", 1));
    assert_false(allows(child, NULL, "192.168.0.1", 1));
    egress_free(child);
    egress_free(parent);
    egress_free(NULL);
}

static void what_is_no_internet_address_is_closed(void **state)
{
    struct egress *e = rules("0.0.0.0/0,::/0,localhost");
    struct sockaddr_un local = { .sun_family = AF_UNIX, .sun_path = "/run/x.sock" };

    (void)state;
    assert_false(egress_allows(e, "localhost", (struct sockaddr *)&local));
    egress_free(e);
}

static const char *const wrong[] = {
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/a",
    "10.0.0.0/08",
    "10.0.0.0/-1",
    "10.1.2.3/16",
    "fd00::1/8",
    "::1/129",
    "1.2.3",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "256.1.1.1",
    "1.2.3.4.5",
    "127.0.0.1:",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:http",
    "[::1",
    "[::1]80",
    "[erp.local]:80",
    "[]:80",
    "*",
    "*.",
    "a.*.example",
    "**.example",
    "erp..local",
    ".local",
    "erp.local.:80",
    "-a.example",
    "a-.example",
    "http://erp",
    "erp.local/24",
    "user@erp",
    "erp.local:80:81",
    "erp_\x01",
    "*:80",
    "a.example.1",
    "::ffff::1",
};

static void a_wrong_rule_is_named_and_a_right_one_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        char text[128];
        struct err e = { .code = ERR_OK };
        struct egress *egress;

        snprintf(text, sizeof(text), "127.0.0.1,%s erp.local", wrong[i]);
        egress = egress_new(text, NULL, &e);
        if (egress != NULL)
            print_error("%s\n", wrong[i]);
        assert_null(egress);
        assert_int_equal(e.code, ERR_USAGE);
        snprintf(text, sizeof(text), "egress rule \"%s\": ", wrong[i]);
        assert_non_null(strstr(e.text, text));
        assert_non_null(strstr(e.text, "10.1.0.0/16"));
    }
}

static void a_rule_has_a_length(void **state)
{
    char text[400];
    struct err e;

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_null(egress_new(text, NULL, &e));
    assert_int_equal(e.code, ERR_USAGE);
    text[64] = '\0';
    assert_null(egress_new(text, NULL, &e));
    text[63] = '\0';
    egress_free(rules(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_need_no_rule),
        cmocka_unit_test(others_are_closed),
        cmocka_unit_test(a_range_opens_its_addresses),
        cmocka_unit_test(a_port_narrows_a_rule),
        cmocka_unit_test(a_host_opens_what_it_resolves_to),
        cmocka_unit_test(a_parent_is_asked_too),
        cmocka_unit_test(what_is_no_internet_address_is_closed),
        cmocka_unit_test(a_wrong_rule_is_named_and_a_right_one_shown),
        cmocka_unit_test(a_rule_has_a_length),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
