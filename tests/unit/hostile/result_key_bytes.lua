-- expect: a key that is no text
return { ["\xff"] = 1 }
