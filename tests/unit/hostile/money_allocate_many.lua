-- expect: there are 1 to 10000 parts
return money(1, "USD"):allocate(1 << 62)
