#version 330
// surface.vert - a triangle mesh in world metres.
// Needs: nothing.   Gives: v_world_m, v_normal_world (not yet length 1).   CPU twin: none, no function.
uniform mat4 p3d_ModelViewProjectionMatrix;
uniform mat4 p3d_ModelMatrix;
in vec4 p3d_Vertex;
in vec3 p3d_Normal;
out vec3 v_world_m;
out vec3 v_normal_world;

void main() {
    v_world_m = (p3d_ModelMatrix * p3d_Vertex).xyz;
    v_normal_world = transpose(inverse(mat3(p3d_ModelMatrix))) * p3d_Normal;
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
}
