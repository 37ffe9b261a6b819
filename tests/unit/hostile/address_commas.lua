-- expect: more than 20 parts
return text.address(("a,"):rep(100))
