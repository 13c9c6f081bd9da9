"""What survey vehicles and other makers measured: their tables read, row by row, onto this network's grid."""
