-- expect: boom
error({ message = "boom", code = 7 })
