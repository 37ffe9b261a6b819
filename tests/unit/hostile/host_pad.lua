-- expect: the width is at most
return text.pad_left("x", 1 << 40)
