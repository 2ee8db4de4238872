-- One customer per registration of a student for a presentation of a module.
-- Presentations ending in B start about 1 February, those ending in J about 1 October.
with registration as (
    select
        code_module || ' ' || code_presentation || ' ' || id_student as customer_id,
        code_module || ' ' || code_presentation as presentation,
        code_module as module,
        cast(id_student as varchar) as student,
        highest_education,
        final_result = 'Withdrawn' as withdrawn,
        try_cast(date_unregistration as integer) as unregistered_on_day,
        try_cast(module_presentation_length as integer) as length,
        make_date(
            cast(left(code_presentation, 4) as integer),
            case right(code_presentation, 1) when 'B' then 2 else 10 end,
            1
        ) as started_on
    from student_info
    join student_registration using (code_module, code_presentation, id_student)
    join courses using (code_module, code_presentation)
),

ever_passed as (
    select distinct code_module || ' ' || code_presentation || ' ' || id_student as customer_id
    from student_assessment
    join assessments using (id_assessment)
    where try_cast(score as double) >= 40 and try_cast(is_banked as integer) = 0
)

select
    customer_id,
    started_on,
    case when withdrawn then started_on + least(unregistered_on_day, length) end as ended_on,
    started_on + length as observed_until,
    case highest_education
        when 'No Formal quals' then 'low'
        when 'Lower Than A Level' then 'low'
        when 'A Level or Equivalent' then 'middle'
        when 'HE Qualification' then 'high'
        when 'Post Graduate Qualification' then 'high'
    end as maturity,
    started_on as maturity_on, -- known when the student registers, which is earlier still
    ever_passed.customer_id is not null as had_result, -- also where passed only after leaving
    student as parent_id,
    presentation,
    module -- for reports by module: --split-by module
from registration
left join ever_passed using (customer_id)
-- out: withdrawn without a date (93), and gone before the module began (3,089)
where not withdrawn or unregistered_on_day > 0
