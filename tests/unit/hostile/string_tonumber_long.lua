-- expect: the text is longer than 400 bytes
return tonumber(("1"):rep(1000000))
