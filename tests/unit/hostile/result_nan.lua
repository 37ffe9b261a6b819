-- expect: the result.a[1] is not a number
return { a = { 0 / 0 } }
