"""The stand-in Asana: is it as strict, and as unkind, as it claims to be?"""
