-- expect: a list with holes
return { [-1] = 1 }
