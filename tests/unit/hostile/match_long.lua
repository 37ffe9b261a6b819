-- expect: a text is longer than 10000 bytes
return match.damerau(("a"):rep(1e6), "a")
