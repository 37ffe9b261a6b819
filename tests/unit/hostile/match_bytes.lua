-- expect: the text is not UTF-8
return match.token_set("\xF4\x90\x80\x80", "a")
