-- expect: a key that is too long
return { [("k"):rep(5000)] = 1 }
