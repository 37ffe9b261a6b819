-- expect: at most 1000 bytes at once
return (("x"):rep(1000000)):byte(1, -1)
