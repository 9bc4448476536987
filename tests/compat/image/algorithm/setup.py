from setuptools import find_packages, setup

setup(name="v6-average-py", version="1.0.0", packages=find_packages())
