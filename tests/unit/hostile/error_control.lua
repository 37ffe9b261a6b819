-- expect: a b c ?
error("a\nb\tc \xff\27[31m")
