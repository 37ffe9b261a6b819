void http_out_go(void)
{
    curl_easy_init();
}
