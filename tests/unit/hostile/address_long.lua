-- expect: the text is longer than 500 bytes
return text.address(("x"):rep(1e6))
