void *mem_try(void)
{
    return malloc(1);
}
