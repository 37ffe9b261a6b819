-- expect: no UTF-8 text
return "\xff123"
