-- expect: neither a text nor a position
return { [{}] = 1 }
