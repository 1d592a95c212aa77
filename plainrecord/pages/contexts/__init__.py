"""What each template is given: documented, frozen values, one file for each group of pages."""
