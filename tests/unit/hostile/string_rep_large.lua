-- expect: the text becomes longer than
return ("x"):rep(1 << 30)
