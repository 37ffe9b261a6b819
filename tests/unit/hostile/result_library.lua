-- expect: is a part of the library
return string
