#define RUN_MAGIC 0x72756e00u

void run_call(void)
{
    curl_easy_init();
}
