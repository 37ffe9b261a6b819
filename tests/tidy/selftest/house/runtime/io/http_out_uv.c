void http_out_go(void)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    of.connect = NULL;
    connect(fd, address, size);
}
