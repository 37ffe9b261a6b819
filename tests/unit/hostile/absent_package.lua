-- expect: 'package' is not available in rules
package.loadlib("/lib/libc.so", "system")
