-- expect: the text becomes longer than
return (""):rep(1e9, ",")
