-- expect: neither a text nor a position
return { [null] = 1 }
