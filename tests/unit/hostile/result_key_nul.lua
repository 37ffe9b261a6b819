-- expect: a key that is no text
return { ["a\0b"] = 1 }
