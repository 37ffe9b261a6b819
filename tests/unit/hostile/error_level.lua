-- expect: x
error("x", 1000000000000)
