void egress_curl_open(void)
{
    curl_easy_setopt(curl_easy_init(), CURLOPT_SSL_VERIFYPEER, 1L);
}
