-- expect: a list with holes
return { [1] = 1, [1000000000] = 2 }
