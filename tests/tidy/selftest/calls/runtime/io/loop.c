static int short_one(void)
{
    return 0;
}

static int long_one(int a,
                    int b)
{
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    return b;
}

static int too_long_one(int a,
                        int b)
{
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    b += a;
    return b;
}

void loop_calls(char *to)
{
    strcpy(to, "a");
    sprintf (to, "b");
    to = malloc(atoi("1"));
    free(to);
    time(0);
    rand();
    localtime(0);
    gmtime(0);
    gmtime_r(0, 0);
    system("x");
    popen("x", "r");
    execve("x", 0, 0);
    sqlite3_exec(0);
}

void loop_loops(json_t *list)
{
    json_array_foreach(list, i, one) use(one);
    json_array_foreach(other(list), i, one)
    {
        use(one);
    }
    json_object_foreach(json_object_get(list, "a"),
                        key, one) if (one) use(one);
}
